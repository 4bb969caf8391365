// meta of sealed shares: what is written is read back, and one case for each way in which a stranger's can be bad.
#include <doctest/doctest.h>

#include "base/rng.hpp"
#include "base/writer.hpp"
#include "codec/cbor.hpp"
#include "codec/hex.hpp"
#include "codec/share_meta.hpp"
#include "samara/config.hpp"

using namespace samara;

namespace {

ShareMeta memo() {
  ShareMeta meta;
  meta.title = "Memo";
  meta.files.push_back({"memo.webm", "audio/webm", 5});
  return meta;
}

// "none", the why of a bad-share of a stranger, or something that no test expects.
std::string why_of(ByteSpan cbor) {
  const auto meta = parse_share_meta(cbor);
  if (meta) return "none";
  if (meta.error().code != Code::bad_share || meta.error().fault != Fault::remote) return "another error";
  return std::string(to_string(static_cast<ShareWhy>(meta.error().detail)));
}
std::string why_of(std::string_view hex) {
  const auto bytes = hex_decode(hex);
  REQUIRE(bytes);
  return why_of(ByteSpan(*bytes));
}

std::string misuse_of(const ShareMeta& meta) {
  const auto bytes = encode_share_meta(meta);
  if (bytes) return "none";
  if (bytes.error().fault != Fault::usage) return "another fault";
  return std::string(to_string(bytes.error().code)) + " " +
         std::string(to_string(static_cast<ShareWhy>(bytes.error().detail)));
}

// {n: "M", f: [{n: "a", s: 1, t: ""}]} with fields before, between and behind; `count` is of all fields.
const std::string file_hex =
    "a3616e61616173016174" "60";
std::string meta_hex(int count, std::string_view before_f, std::string_view between, std::string_view behind) {
  return std::string("a") + std::to_string(count) + std::string(before_f) + "616681" + file_hex + std::string(between) +
         "616e614d" + std::string(behind);
}
// f with one file whose map is given.
std::string with_file(std::string_view file) { return "a2616681" + std::string(file) + "616e614d"; }

std::string with_name(std::string_view name) {
  Bytes out;
  Writer writer(out);
  cbor_write_text(writer, name);
  return with_file("a2616e" + hex_encode(out) + "617301");
}

void check_same(const ShareMeta& a, const ShareMeta& b) {
  CHECK(a.title == b.title);
  CHECK(a.description == b.description);
  CHECK(a.created_ms == b.created_ms);
  CHECK(a.duration_ms == b.duration_ms);
  CHECK(a.expires_ms == b.expires_ms);
  CHECK(a.thumbnail == b.thumbnail);
  CHECK(a.app_meta == b.app_meta);
  REQUIRE(a.files.size() == b.files.size());
  for (std::size_t i = 0; i < a.files.size(); ++i) {
    CHECK(a.files[i].name == b.files[i].name);
    CHECK(a.files[i].type == b.files[i].type);
    CHECK(a.files[i].bytes == b.files[i].bytes);
  }
}

std::string random_text(Rng& rng, std::uint64_t most) {
  static const std::vector<std::string> signs{"a", "Z", " ", "7", "ü", "☂", "🎙", "\n", "\"", "."};
  std::string out;
  for (std::uint64_t i = rng.below(most + 1); i > 0; --i)
    out += signs[static_cast<std::size_t>(rng.below(signs.size()))];
  return out;
}

ShareMeta random_meta(Rng& rng) {
  ShareMeta meta;
  meta.title = random_text(rng, 40);
  for (std::uint64_t i = 1 + rng.below(5); i > 0; --i) {
    std::string name = "f" + std::to_string(i);
    for (std::uint64_t n = rng.below(3); n > 0; --n) name.insert(0, "d" + std::to_string(n) + "/");
    meta.files.push_back({name, random_text(rng, 9), rng.next() >> (10 + rng.below(54))});
  }
  if (rng.below(2) == 0) meta.description = random_text(rng, 300);
  if (rng.below(2) == 0) meta.created_ms = static_cast<std::int64_t>(rng.below(4'000'000'000'000)) - 2'000'000'000'000;
  if (rng.below(2) == 0) meta.expires_ms = static_cast<std::int64_t>(rng.below(4'000'000'000'000));
  if (rng.below(2) == 0)
    meta.duration_ms = static_cast<std::int64_t>(rng.next() % (4'294'967'295'000ULL >> rng.below(40)));
  if (rng.below(2) == 0) {
    meta.thumbnail.resize(static_cast<std::size_t>(rng.below(limits::thumbnail_bytes_max + 1)));
    rng.fill(meta.thumbnail);
  }
  if (rng.below(2) == 0) meta.app_meta = *hex_decode("a16877617665666f726d8300f9380003");
  return meta;
}

}  // namespace

TEST_CASE("what is written is read back, whatever fields there are") {
  constexpr std::uint64_t seed = 51;
  CAPTURE(seed);
  Rng rng(seed);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const ShareMeta meta = random_meta(rng);
    const auto bytes = encode_share_meta(meta);
    REQUIRE(bytes);
    const auto read = parse_share_meta(*bytes);
    REQUIRE(read);
    check_same(*read, meta);
    CHECK(encode_share_meta(*read) == *bytes);
    for (int i = 0; i < 20; ++i)
      CHECK_FALSE(parse_share_meta(ByteSpan(*bytes).first(static_cast<std::size_t>(rng.below(bytes->size())))));
  }
}

TEST_CASE("content is the sum of the files, and one that overflows is bad-share sizes") {
  ShareMeta meta = memo();
  meta.files.push_back({"b", "", 7});
  CHECK(meta.content_bytes() == 12);
  meta.files[0].bytes = ~std::uint64_t{0} - 6;
  CHECK(misuse_of(meta) == "too-large sizes");
  const std::string half = "a2616e616161731b8000000000000000";
  CHECK(why_of("a2616681" + half + "616e614d") == "none");
  CHECK(why_of("a2616682" + half + half + "616e614d") == "sizes");
}

TEST_CASE("a duration is whole seconds as a number, else the shortest float, and milliseconds here") {
  const auto written = [](std::int64_t ms) {
    ShareMeta meta = memo();
    meta.duration_ms = ms;
    const std::string hex = hex_encode(*encode_share_meta(meta));
    return hex.substr(2 + 4, hex.find("6166") - 6);
  };
  CHECK(written(0) == "00");
  CHECK(written(93'000) == "185d");
  CHECK(written(1'500) == "f93e00");
  CHECK(written(1'001) == "fb3ff004189374bc6a");
  CHECK(written(100'000'500) == "fa47c35040");
  const auto read = [](std::string_view value) {
    const auto bytes = hex_decode(meta_hex(3, "6164" + std::string(value), "", ""));
    const auto meta = parse_share_meta(*bytes);
    return meta ? meta->duration_ms.value_or(-1) : -2;
  };
  CHECK(read("185d") == 93'000);
  CHECK(read("f95dd0") == 372'000);  // a float that could be a whole number is a number all the same
  CHECK(read("f93e00") == 1'500);
  CHECK(read("fb3ff004189374bc6a") == 1'001);
  CHECK(read("f98000") == 0);
  CHECK(read("f90001") == 0);
  CHECK(read("1affffffff") == 4'294'967'295'000);
  for (const std::string_view value :
       {"20", "f9bc00", "f97c00", "f9fc00", "f97e00", "1b0000000100000000", "fa4f800000", "fb7fefffffffffffff"}) {
    CAPTURE(value);
    CHECK(why_of(meta_hex(3, "6164" + std::string(value), "", "")) == "meta-type");
  }
}

TEST_CASE("times are whole milliseconds that a date can hold, before 1970 too") {
  const auto with_time = [](std::string_view value) { return meta_hex(3, "6163" + std::string(value), "", ""); };
  CHECK(why_of(with_time("00")) == "none");
  CHECK(why_of(with_time("3903e7")) == "none");
  CHECK(why_of(with_time("1b001eb208c2dc0000")) == "none");
  CHECK(why_of(with_time("1b001eb208c2dc0001")) == "meta-type");
  CHECK(why_of(with_time("3b001eb208c2dbffff")) == "none");
  CHECK(why_of(with_time("3b001eb208c2dc0000")) == "meta-type");
  CHECK(why_of(with_time("1bffffffffffffffff")) == "meta-type");
  CHECK(why_of(with_time("3bffffffffffffffff")) == "meta-type");
  CHECK(why_of(with_time("f93c00")) == "meta-type");
  CHECK(why_of(with_time("6130")) == "meta-type");
  CHECK(parse_share_meta(*hex_decode(with_time("3903e7")))->created_ms == -1'000);
  ShareMeta meta = memo();
  meta.created_ms = 8'640'000'000'000'001;
  CHECK(misuse_of(meta) == "bad-share meta-type");
  meta.created_ms = -8'640'000'000'000'000;
  CHECK(misuse_of(meta) == "none");
  meta.duration_ms = -1;
  CHECK(misuse_of(meta) == "bad-share meta-type");
}

TEST_CASE("keys we do not know are stepped over, with any value") {
  CHECK(why_of(meta_hex(2, "", "", "")) == "none");
  for (const std::string_view value :
       {"00", "20", "43010203", "6161", "820102", "a1016161", "c100", "f5", "f6", "f93c00", "f0", "f8ff"}) {
    CAPTURE(value);
    CHECK(why_of(meta_hex(3, "", "6167" + std::string(value), "")) == "none");
    CHECK(why_of(meta_hex(3, "", "", "617a" + std::string(value))) == "none");
    CHECK(why_of(meta_hex(3, "", "", "626161" + std::string(value))) == "none");
    CHECK(why_of(with_file("a4616e6161617301617460" "6175" +
                           std::string(value))) == "none");
  }
  CHECK(why_of("a3" "01" "02" "616681" +
               file_hex + "616e614d") == "none");  // keys that are no texts
  CHECK(why_of("a3" "416e" "02" "616681" +
               file_hex + "616e614d") == "none");
  CHECK(why_of("a3" "616681" +
               file_hex +
               "616e614d" "826161616200") == "none");
  CHECK(why_of(with_file("a2616e6161617301")) == "none");  // t may be left out
}

TEST_CASE("bad-share meta-syntax: anything but one deterministic map") {
  const std::string good = meta_hex(2, "", "", "");
  for (std::size_t at = 2; at < good.size(); at += 2) CHECK(why_of(good.substr(0, at)) == "meta-syntax");
  CHECK(why_of("") == "meta-syntax");
  CHECK(why_of(good + "00") == "meta-syntax");  // something behind
  CHECK(why_of("80") == "meta-syntax");
  CHECK(why_of("bf616681" + file_hex + "616e614dff") == "meta-syntax");  // open-ended
  CHECK(why_of("b802616681" + file_hex + "616e614d") == "meta-syntax");  // long forms
  CHECK(why_of("a2616681" + file_hex + "616e78014d") == "meta-syntax");
  CHECK(why_of("a2616e614d616681" + file_hex) == "meta-syntax");               // unsorted
  CHECK(why_of("a3616681" + file_hex + "616e614d616e614d") == "meta-syntax");  // repeated
  CHECK(why_of(with_file("a3617301616e6161617460")) == "meta-syntax");         // in a file too
  CHECK(why_of(with_file("a3616e6161617301617302")) == "meta-syntax");
  CHECK(why_of(meta_hex(3, "", "", "617aa2616200616100")) == "meta-syntax");  // in what we do not know too
  CHECK(why_of(meta_hex(3, "6164fa3fc00000", "", "")) == "meta-syntax");      // a float that is too long
  CHECK(why_of("a2616681" + file_hex + "616e61ff") == "meta-syntax");         // not UTF-8
}

TEST_CASE("share_meta_depth_max: bad-share meta-too-deep") {
  const auto nested = [](int levels) {
    std::string value;
    for (int i = 0; i < levels; ++i) value += "81";
    return meta_hex(3, "", "", "617a" + value + "00");
  };
  CHECK(why_of(nested(limits::share_meta_depth_max - 1)) == "none");
  CHECK(why_of(nested(limits::share_meta_depth_max)) == "meta-too-deep");
  std::string deep = "a16161";
  for (int i = 0; i < 100'000; ++i) deep += "81";
  CHECK(why_of(deep) == "meta-too-deep");
}

TEST_CASE("bad-share meta-type: a known key has a value of another type") {
  for (const std::string_view value : {"00", "20", "41ff", "80", "a0", "c06130", "f4", "f6", "f93c00"}) {
    CAPTURE(value);
    CHECK(why_of(meta_hex(3, "6161" + std::string(value), "", "")) == "meta-type");
    CHECK(why_of("a2616681" + file_hex + "616e" + std::string(value)) == "meta-type");
    CHECK(why_of(with_file("a2616e" + std::string(value) + "617301")) == "meta-type");
    CHECK(why_of(with_file("a3616e6161617301" "6174" +
                           std::string(value))) == "meta-type");
  }
  for (const std::string_view value : {"6130", "20", "4100", "80", "f4", "f93c00"}) {
    CAPTURE(value);
    CHECK(why_of(with_file("a2616e61616173" + std::string(value))) == "meta-type");
    CHECK(why_of(with_file(value)) == "meta-type");
    CHECK(why_of(meta_hex(3, "", "", "6178" + std::string(value))) == "meta-type");
  }
  for (const std::string_view value : {"00", "6130", "a0", "f6"}) {
    CAPTURE(value);
    CHECK(why_of(meta_hex(3, "", "6168" + std::string(value), "")) == "meta-type");
    CHECK(why_of("a26166" + std::string(value) + "616e614d") == "meta-type");
    if (value != "00") CHECK(why_of(meta_hex(3, "6165" + std::string(value), "", "")) == "meta-type");
  }
  CHECK(why_of(meta_hex(3, "", "", "6178a10000")) == "meta-type");  // app meta with a key that is no text
}

TEST_CASE("texts of meta end at their limits") {
  ShareMeta meta = memo();
  meta.title.assign(limits::text_bytes_max, 'x');
  meta.description.assign(limits::description_bytes_max, 'x');
  meta.files[0].type.assign(limits::text_bytes_max, 'x');
  REQUIRE(encode_share_meta(meta));
  CHECK(why_of(ByteSpan(*encode_share_meta(meta))) == "none");
  const auto field_hex = [](std::string_view key, std::size_t bytes) {
    Bytes out;
    Writer writer(out);
    cbor_write_text(writer, key);
    cbor_write_text(writer, std::string(bytes, 'x'));
    return hex_encode(out);
  };
  CHECK(why_of(meta_hex(3, field_hex("a", limits::description_bytes_max + 1), "", "")) == "meta-type");
  CHECK(why_of("a2616681" + file_hex + field_hex("n", limits::text_bytes_max + 1)) == "meta-type");
  CHECK(why_of(with_file("a3616e6161617301" + field_hex("t", limits::text_bytes_max + 1))) == "meta-type");
  for (int field = 0; field < 4; ++field) {
    ShareMeta bad = memo();
    if (field == 0) bad.title.assign(limits::text_bytes_max + 1, 'x');
    if (field == 1) bad.description.assign(limits::description_bytes_max + 1, 'x');
    if (field == 2) bad.files[0].type.assign(limits::text_bytes_max + 1, 'x');
    if (field == 3) bad.title = "\xff";
    CAPTURE(field);
    CHECK(misuse_of(bad) == "bad-share meta-type");
  }
}

TEST_CASE("bad-share meta-missing: no title, no files, a file without name or size") {
  CHECK(why_of("a0") == "meta-missing");
  CHECK(why_of("a1616e614d") == "meta-missing");
  CHECK(why_of("a1616681" + file_hex) == "meta-missing");
  CHECK(why_of(with_file("a0")) == "meta-missing");
  CHECK(why_of(with_file("a1616e6161")) == "meta-missing");
  CHECK(why_of(with_file("a1617301")) == "meta-missing");
}

TEST_CASE("share_meta_files_max: bad-share files, and none is no share either") {
  const auto with_files = [](std::uint32_t count) {
    Bytes out = *hex_decode("a26166");
    Writer writer(out);
    cbor_write_head(writer, CborMajor::array, count);
    for (std::uint32_t i = 0; i < count; ++i) writer.bytes(*hex_decode("a2616e6161617301"));
    cbor_write_text(writer, "n");
    cbor_write_text(writer, "M");
    return why_of(ByteSpan(out));
  };
  CHECK(with_files(0) == "files");
  CHECK(with_files(limits::share_meta_files_max) == "none");
  CHECK(with_files(limits::share_meta_files_max + 1) == "files");
  ShareMeta meta = memo();
  meta.files.resize(limits::share_meta_files_max, meta.files[0]);
  CHECK(misuse_of(meta) == "none");
  meta.files.push_back(meta.files[0]);
  CHECK(misuse_of(meta) == "too-large files");
  meta.files.clear();
  CHECK(misuse_of(meta) == "too-large files");
}

TEST_CASE("bad-share path: file names that reach anywhere else") {
  std::string deep = "d";
  for (std::uint32_t i = 1; i < limits::path_depth_max; ++i) deep += "/d";
  for (const std::string& name : {std::string("a"), std::string("day 1/memo.webm"), std::string("a/b/c"),
                                  std::string("..."), std::string(".hidden"), std::string(255, 'x'), deep}) {
    CAPTURE(name);
    CHECK(why_of(with_name(name)) == "none");
  }
  for (const std::string& name :
       {std::string(""), std::string("/"), std::string("/etc/passwd"), std::string("a/"), std::string("a//b"),
        std::string("."), std::string(".."), std::string("../a"), std::string("a/../b"), std::string("a/.."),
        std::string("./a"), std::string("a\\b"), std::string("..\\a"), std::string("C:\\a"), std::string("a\0b", 3),
        std::string(256, 'x'), deep + "/d"}) {
    CAPTURE(name);
    CHECK(why_of(with_name(name)) == "path");
    ShareMeta meta = memo();
    meta.files[0].name = name;
    CHECK(misuse_of(meta) == "bad-share path");
  }
}

TEST_CASE("thumbnail_bytes_max: bad-share thumbnail") {
  const auto with_thumbnail = [](std::uint32_t bytes) {
    Bytes out = *hex_decode("a3616681" + file_hex + "6168");
    Writer writer(out);
    cbor_write_head(writer, CborMajor::bytes, bytes);
    writer.bytes(Bytes(bytes)).bytes(*hex_decode("616e614d"));
    return why_of(ByteSpan(out));
  };
  CHECK(with_thumbnail(0) == "none");
  CHECK(with_thumbnail(limits::thumbnail_bytes_max) == "none");
  CHECK(with_thumbnail(limits::thumbnail_bytes_max + 1) == "thumbnail");
  ShareMeta meta = memo();
  meta.thumbnail.resize(limits::thumbnail_bytes_max + 1);
  CHECK(misuse_of(meta) == "too-large thumbnail");
}

TEST_CASE("share_meta_bytes_max: bad-share meta-too-long") {
  const auto with_filler = [](std::size_t total) {
    Bytes out = *hex_decode("a3616681" + file_hex +
                            "616e614d" "617a");
    Writer writer(out);
    const std::size_t bytes = total - out.size() - 5;
    cbor_write_head(writer, CborMajor::bytes, bytes);
    writer.bytes(Bytes(bytes));
    return out;
  };
  const Bytes longest = with_filler(limits::share_meta_bytes_max);
  REQUIRE(longest.size() == limits::share_meta_bytes_max);
  CHECK(why_of(ByteSpan(longest)) == "none");
  CHECK(why_of(ByteSpan(with_filler(limits::share_meta_bytes_max + 1))) == "meta-too-long");
  ShareMeta meta = memo();
  for (int i = 0; i < 1'023; ++i) meta.files.push_back({std::string(250, 'x'), "", 1});
  CHECK(misuse_of(meta) == "too-large meta-too-long");
}

TEST_CASE("app meta is one deterministic map with text keys that still fits in depth") {
  const auto is_app = [](std::string_view hex) { return is_app_meta(*hex_decode(hex)); };
  CHECK(is_app("a0"));
  CHECK(is_app("a16161f6"));
  CHECK(is_app("a2616100616282f4f5"));
  CHECK(
      is_app("a161618181818181" "8100"));
  for (const std::string_view hex : {"", "80", "00", "f6", "6161", "7b22", "a10000", "a16161a10000", "a2616200616100",
                                     "a16161", "a16161f600", "bfff",
                                     "a161618181818181" "818100"}) {
    CAPTURE(hex);
    CHECK_FALSE(is_app(hex));
  }
  ShareMeta meta = memo();
  meta.app_meta = to_bytes(as_bytes("{}"));
  CHECK(misuse_of(meta) == "bad-share meta-syntax");
  meta.app_meta = *hex_decode(
      "a161618181818181" "8100");
  REQUIRE(encode_share_meta(meta));
  CHECK(parse_share_meta(*encode_share_meta(meta))->app_meta == meta.app_meta);
}

TEST_CASE("every why of a bad share has a name") {
  for (std::uint32_t why = 1; why <= static_cast<std::uint32_t>(ShareWhy::padding); ++why) {
    CHECK_FALSE(to_string(static_cast<ShareWhy>(why)).empty());
  }
  CHECK(to_string(ShareWhy::none).empty());
}
