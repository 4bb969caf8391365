// CBOR: the examples of RFC 8949 appendix A that are deterministic, and every form that is not.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/rng.hpp"
#include "codec/cbor.hpp"
#include "codec/hex.hpp"

using namespace samara;

namespace {

constexpr std::uint32_t depth_max = 8;

CborFault skip(std::string_view hex, bool text_keys = false) {
  const auto bytes = hex_decode(hex);
  REQUIRE(bytes);
  Reader reader(*bytes);
  const CborFault fault = cbor_skip(reader, depth_max, text_keys);
  return fault == CborFault::none && reader.left() != 0 ? CborFault::syntax : fault;
}

std::string float_hex(double value) {
  Bytes out;
  Writer writer(out);
  cbor_write_float(writer, value);
  return hex_encode(out);
}

double float_of(std::string_view hex) {
  const auto bytes = hex_decode(hex);
  REQUIRE(bytes);
  Reader reader(*bytes);
  const auto head = cbor_read_head(reader);
  REQUIRE(head);
  return cbor_float_value(*head);
}

// At most eleven digits, none below 2^-24, none above 2^15.
bool is_half(double value) {
  int exponent = 0;
  const double digits = std::frexp(value, &exponent) * 2'048;
  const double steps = value * 16'777'216;
  return std::isinf(value) || (std::abs(value) <= 65'504 && std::trunc(digits) == digits && std::trunc(steps) == steps);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("values of RFC 8949 in their deterministic form are stepped over") {
  for (const std::string_view hex :
      {"00", "17", "1818", "18ff", "190100", "1a00010000", "1b0000000100000000", "1bffffffffffffffff", "20", "3863",
       "3b0000000100000000", "f90000", "f98000", "f93c00", "fa47c35000", "fb3ff199999999999a", "f97c00", "f97e00", "f4",
       "f6", "f7", "e0", "f820", "f8ff", "c11a514b67b0", "d818456449455446", "40", "4401020304", "60", "6161", "62c3bc",
       "80", "83010203", "8301820203820405", "a0", "a201020304", "a26161016162820203"}) {
    CAPTURE(hex);
    CHECK(skip(hex) == CborFault::none);
  }
}

TEST_CASE("forms that are longer than needed, open-ended, reserved or cut are refused") {
  for (const std::string_view hex :
       {"1800", "1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "5800", "7801", "9800", "b800",  // long
        "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff", "bfff", "ff",  // open-ended
        "1c", "1d", "1e", "3f", "fc",                                              // reserved
        "f800", "f818", "f81f", "fa3f800000", "fb3ff0000000000000", "fa7fc00000", "fb7ff8000000000000", "fa33800000",
        "", "18", "19ff", "1a00ffff", "fb3ff1", "41", "42ff", "61", "81", "8201", "a1", "a101", "c1",  // cut
        "5bffffffffffffffff", "9bffffffffffffffff", "bbffffffffffffffff", "bb8000000000000000",
        "61ff", "62c328", "0000"}) {
    CAPTURE(hex);
    CHECK(skip(hex) == CborFault::syntax);
  }
}

TEST_CASE("map keys are in the order of their bytes, each once, at every level") {
  CHECK(skip("a3010002004000") == CborFault::none);
  CHECK(skip("a3010040000200") == CborFault::syntax);
  CHECK(skip("a20100" "2000") == CborFault::none);
  CHECK(skip("a22000" "0100") == CborFault::syntax);
  CHECK(skip("a2616100" "616200") == CborFault::none);
  CHECK(skip("a2616200" "616100") == CborFault::syntax);
  CHECK(skip("a2616100" "616100") == CborFault::syntax);
  CHECK(skip("a2617a00" "62616100") == CborFault::none);  // a shorter text is before a longer one
  CHECK(skip("a262616100" "617a00") == CborFault::syntax);
  CHECK(skip("81a1" "6161" "a2616200616100") == CborFault::syntax);
  CHECK(skip("a2" "8101" "00" "8102" "00") == CborFault::none);  // keys that are arrays
  CHECK(skip("a2" "8102" "00" "8101" "00") == CborFault::syntax);
  CHECK(skip("a2" "a10100" "00" "a10100" "00") == CborFault::syntax);
}

TEST_CASE("only texts are keys where that is asked for, at every level") {
  CHECK(skip("a1616101", true) == CborFault::none);
  CHECK(skip("a10101", true) == CborFault::syntax);
  CHECK(skip("a16161a10101", true) == CborFault::syntax);
  CHECK(skip("a1616181a14001", true) == CborFault::syntax);
  CHECK(skip("a16161820102", true) == CborFault::none);
}

TEST_CASE("nesting ends at the limit, in arrays, maps, keys and tags") {
  CHECK(skip(repeated("81", 8) + "00") == CborFault::none);
  CHECK(skip(repeated("81", 9) + "00") == CborFault::too_deep);
  CHECK(skip(repeated("81", 7) + "80") == CborFault::none);
  CHECK(skip(repeated("81", 8) + "80") == CborFault::too_deep);
  CHECK(skip(repeated("a100", 8) + "00") == CborFault::none);
  CHECK(skip(repeated("a100", 9) + "00") == CborFault::too_deep);
  CHECK(skip(repeated("a1", 9) + "00") == CborFault::too_deep);
  CHECK(skip(repeated("c1", 8) + "00") == CborFault::none);
  CHECK(skip(repeated("c1", 9) + "00") == CborFault::too_deep);
  CHECK(skip(repeated("81", 100'000)) == CborFault::too_deep);
  CHECK(skip("82" + repeated("8180", 1) + repeated("81", 6) + "80") == CborFault::none);
}

TEST_CASE("a float is written as the shortest that is the same number") {
  CHECK(float_hex(0.0) == "f90000");
  CHECK(float_hex(-0.0) == "f98000");
  CHECK(float_hex(1.5) == "f93e00");
  CHECK(float_hex(65504.0) == "f97bff");
  CHECK(float_hex(65536.0) == "fa47800000");
  CHECK(float_hex(5.960464477539063e-8) == "f90001");
  CHECK(float_hex(2.98023223876953125e-8) == "fa33000000");
  CHECK(float_hex(0.00006103515625) == "f90400");
  CHECK(float_hex(-4.0) == "f9c400");
  CHECK(float_hex(100000.0) == "fa47c35000");
  CHECK(float_hex(3.4028234663852886e+38) == "fa7f7fffff");
  CHECK(float_hex(1.1) == "fb3ff199999999999a");
  CHECK(float_hex(1.0e+300) == "fb7e37e43c8800759c");
  CHECK(float_hex(1.401298464324817e-45) == "fa00000001");
  CHECK(float_hex(7.006492321624085e-46) == "fb3690000000000000");
  CHECK(float_hex(5e-324) == "fb0000000000000001");
  CHECK(float_hex(std::numeric_limits<double>::infinity()) == "f97c00");
  CHECK(float_hex(std::numeric_limits<double>::quiet_NaN()) == "f97e00");
}

TEST_CASE("a float is read back as it was written, and only its shortest form is read") {
  CHECK(float_of("f93e00") == 1.5);
  CHECK(float_of("f90001") == 5.960464477539063e-8);
  CHECK(float_of("f98001") == -5.960464477539063e-8);
  CHECK(float_of("f97bff") == 65504.0);
  CHECK(std::isinf(float_of("f9fc00")));
  CHECK(std::isnan(float_of("f97e00")));
  constexpr std::uint64_t seed = 31;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::uint64_t bits = rng.next();
    bits &= ~std::uint64_t{0} << rng.below(64);  // few digits, so that all widths come up
    const auto value = std::bit_cast<double>(bits);
    if (std::isnan(value)) continue;
    const std::string hex = float_hex(value);
    CAPTURE(hex);
    REQUIRE(std::bit_cast<std::uint64_t>(float_of(hex)) == bits);
    if (hex.size() > 6) REQUIRE_FALSE(is_half(value));
    if (hex.size() > 10) REQUIRE((std::abs(value) > 3.5e38 || static_cast<double>(static_cast<float>(value)) != value));
  }
}

TEST_CASE("a number is read back from its shortest head, and from no other") {
  for (const std::uint64_t value :
       {0ULL, 23ULL, 24ULL, 255ULL, 256ULL, 65'535ULL, 65'536ULL, 0xffff'ffffULL, 0x1'0000'0000ULL, ~0ULL}) {
    CAPTURE(value);
    Bytes out;
    Writer writer(out);
    cbor_write_head(writer, CborMajor::whole, value);
    Reader reader(out);
    const auto head = cbor_read_head(reader);
    REQUIRE(head);
    CHECK(head->major == CborMajor::whole);
    CHECK(head->value == value);
    CHECK(reader.left() == 0);
  }
}
