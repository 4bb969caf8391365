// BEP 10: what we advertise, and every rule about what a peer advertises.
#include <doctest/doctest.h>

#include "hostile/wire_rig.hpp"

using namespace samara;
using namespace samara::test;

namespace {

std::string after(std::initializer_list<std::string_view> dicts) {
  WireRig rig = WireRig::up();
  FakePeer peer;
  for (const std::string_view dict : dicts) peer.extended(0, dict);
  rig.feed(peer);
  return rig.error ? rig.why() : rig.said.back();
}

/// The payload of the last extended message the link sent, without its id.
std::string last_extended(WireRig& rig) {
  rig.listen();
  const auto* frame = rig.ear.last(20);
  return frame ? std::string(as_text(ByteSpan(frame->payload).subspan(1))) : "none";
}

}  // namespace

TEST_CASE("extended: ours names ut_metadata, lt_donthave, sm_channels, reqq and v, and metadata_size when known") {
  WireRig rig = WireRig::up();
  rig.link.send_extended_handshake(0);
  CHECK(last_extended(rig) == "d1:md11:lt_donthavei2e11:sm_channelsi3e11:ut_metadatai1ee4:reqqi256e1:v10:Samara/0.1e");
  rig.link.send_extended_handshake(12'345);
  CHECK(last_extended(rig) ==
        "d1:md11:lt_donthavei2e11:sm_channelsi3e11:ut_metadatai1ee13:metadata_sizei12345e4:reqqi256e1:v10:Samara/0.1e");
  CHECK(rig.ear.last(20)->payload[0] == 0);
}

TEST_CASE("extended: nothing extended is sent to a peer without the bit") {
  WireRig rig;
  rig.feed(FakePeer().handshake(rig_info_hash, rig_other, true, false));
  rig.listen();
  rig.link.send_extended_handshake(5);
  rig.link.send_metadata_request(0);
  rig.link.send_metadata_data(0, 5, pattern(5));
  rig.link.send_metadata_reject(0);
  CHECK(rig.link.outgoing().empty());
}

TEST_CASE("extended: what WebTorrent and libtorrent send is understood") {
  CHECK(after({"d1:md11:lt_donthavei2e11:ut_metadatai1eee"}) == "extended 0 0 ");
  CHECK(after({"d1:md11:lt_donthavei3e11:ut_metadatai1e6:ut_pexi2ee13:metadata_sizei31235ee"}) == "extended 31235 0 ");
  CHECK(after({"d1:ei0e1:md11:lt_donthavei7e11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei700e4:reqqi500e"
               "1:v15:libtorrent/2.0\x80" "6:yourip4:abcde"}) == "extended 700 500 libtorrent/2.0?");
  CHECK(after({"de"}) == "extended 0 0 ");
}

TEST_CASE("extended: can_metadata follows the peer's map, and id 0 disables") {
  WireRig rig = WireRig::up();
  CHECK_FALSE(rig.link.can_metadata());
  rig.feed(FakePeer().extended(0, "d1:md11:ut_metadatai9eee"));
  CHECK(rig.link.can_metadata());
  rig.link.send_metadata_request(3);
  rig.listen();
  CHECK(rig.ear.last(20)->payload[0] == 9);
  rig.feed(FakePeer().extended(0, "d1:mdee"));
  CHECK(rig.link.can_metadata());
  rig.feed(FakePeer().extended(0, "d1:md11:ut_metadatai0eee"));
  CHECK_FALSE(rig.link.can_metadata());
  rig.feed(FakePeer().extended(0, "d1:md11:ut_metadatai9eee"));
  CHECK(rig.link.can_metadata());
  CHECK(rig.why() == "up");
}

TEST_CASE("extended: another id for a mapped extension is extended-id-remapped, also after disabling it") {
  CHECK(after({"d1:md11:ut_metadatai1eee", "d1:md11:ut_metadatai1eee"}) == "extended 0 0 ");
  CHECK(after({"d1:md11:ut_metadatai1eee", "d1:md11:ut_metadatai2eee"}) == "extended-id-remapped");
  CHECK(after({"d1:md11:ut_metadatai1eee", "d1:md11:ut_metadatai0eee", "d1:md11:ut_metadatai2eee"}) ==
        "extended-id-remapped");
  CHECK(after({"d1:md11:lt_donthavei1eee", "d1:md11:lt_donthavei4eee"}) == "extended-id-remapped");
}

TEST_CASE("extended: a later handshake may bring the metadata size") {
  CHECK(after({"d1:md11:ut_metadatai1eee", "d13:metadata_sizei77ee"}) == "extended 77 0 ");
}

TEST_CASE("extended: metadata_size is 1 to 4 MiB and does not change; 0 is none") {
  CHECK(after({"d13:metadata_sizei0ee"}) == "extended 0 0 ");
  CHECK(after({"d13:metadata_sizei1ee"}) == "extended 1 0 ");
  CHECK(after({"d13:metadata_sizei4194304ee"}) == "extended 4194304 0 ");
  CHECK(after({"d13:metadata_sizei4194305ee"}) == "metadata-bad-size");
  CHECK(after({"d13:metadata_sizei9223372036854775807ee"}) == "metadata-bad-size");
  CHECK(after({"d13:metadata_sizei-1ee"}) == "metadata-bad-size");
  CHECK(after({"d13:metadata_size3:100e"}) == "metadata-bad-size");
  CHECK(after({"d13:metadata_sizei5ee", "d13:metadata_sizei5ee"}) == "extended 5 0 ");
  CHECK(after({"d13:metadata_sizei5ee", "d13:metadata_sizei0ee"}) == "extended 0 0 ");
  CHECK(after({"d13:metadata_sizei5ee", "d13:metadata_sizei6ee"}) == "metadata-bad-size");
}

TEST_CASE("extended: wrong types and numbers are extended-invalid") {
  CHECK(after({"le"}) == "extended-invalid");
  CHECK(after({"i1e"}) == "extended-invalid");
  CHECK(after({"d1:mi1ee"}) == "extended-invalid");
  CHECK(after({"d1:md11:ut_metadata1:1ee"}) == "extended-invalid");
  CHECK(after({"d1:md11:ut_metadatai-1eee"}) == "extended-invalid");
  CHECK(after({"d1:md11:ut_metadatai256eee"}) == "extended-invalid");
  CHECK(after({"d4:reqqi-1ee"}) == "extended-invalid");
  CHECK(after({"d4:reqqi4294967296ee"}) == "extended-invalid");
  CHECK(after({"d4:reqqlee"}) == "extended-invalid");
  CHECK(after({"d1:vi1ee"}) == "extended-invalid");
}

TEST_CASE("extended: bencode that is not canonical keeps its own name") {
  CHECK(after({"d1:md"}) == "bencode-truncated");
  CHECK(after({"dee"}) == "bencode-trailing-bytes");
  CHECK(after({"d4:reqqi007ee"}) == "bencode-integer");
  CHECK(after({"d1:v1:a1:mdee"}) == "bencode-key-order");
  CHECK(after({"x"}) == "bencode-syntax");
}

TEST_CASE("extended: the client's name is printable ASCII and cut") {
  CHECK(after({"d1:v5:a\nb\x7f" "ce"}) == "extended 0 0 a?b?c");
  CHECK(after({"d1:v100:" + std::string(100, 'n') + "e"}) == "extended 0 0 " + std::string(64, 'n'));
}

TEST_CASE("extended: values of unknown extensions do not matter") {
  CHECK(after({"d1:md11:ut_metadatai1e6:ut_pex3:abceee"}) != "extended-invalid");
  CHECK(after({"d1:md11:ut_metadatai1e1:zleee"}) == "extended 0 0 ");
}
