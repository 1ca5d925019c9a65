#include "common/messages/evidence.hpp"

#include <gtest/gtest.h>

#include "common/messages/signed.hpp"

namespace balans {
namespace {

constexpr UnixTime kNoon{1'554'292'800'000};

PerPhase<Milliamps> amps(std::int64_t each) { return PerPhase<Milliamps>::all(Milliamps(each * 1000)); }

/// Every field that may be left out is there.
DeviceEvidence full_device() {
  DeviceEvidence d;
  d.agent = *AgentId::parse("charger-1");
  d.slot = kNoon;
  d.kind = DeviceKind::Battery;
  d.row = EvidenceRow{"feeder-1", Phase::L2};
  d.bound_since = kNoon - 10_min;
  d.need = DeclaredNeed{12'000_Wh, kNoon + 60_min, kNoon - 30_min};
  d.price = AnnouncedPrice{120'000, kNoon - 20_min};
  d.minutes = {{kNoon + 1_min, {amps(16), amps(5)}, {amps(6), amps(2)}, Reason::Capacity, 100_Wh, 7_Wh},
               {kNoon + 15_min, {amps(16)}, {amps(6)}, Reason::HotSpot, {}, {}}};
  d.proof = LimitProof{kNoon + 3_s, R"({"type":"limit"})", kNoon + 4_s, R"({"type":"status"})"};
  return d;
}

NodeEvidence full_node() {
  return {"feeder-1", "transformer", kNoon, {{kNoon + 2_min, amps(-3), amps(8), amps(40)}}, {full_device().agent}};
}

EvidenceBatch full_batch() {
  EvidenceBatch batch;
  batch.site = *SiteId::parse("elm-street");
  batch.term = {Epoch{4}, BootId{18'000'000'000'000'000'000U}};
  batch.number = 3;
  batch.limit_key.bytes.fill(7);
  batch.devices = {full_device()};
  batch.nodes = {full_node()};
  return batch;
}

DeviceEvidence bare_device() {
  DeviceEvidence d = full_device();
  d.row.reset();
  d.need.reset();
  d.price.reset();
  d.proof.reset();
  return d;
}

/// What the decoder says to `with` in the place of `what`.
std::string refusal(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  const auto decoded = decode<EvidenceBatch>(text.replace(at, what.size(), with));
  return decoded ? "taken" : decoded.error().message();
}
std::string refusal(const std::string& what, const std::string& with) {
  return refusal(encode(full_batch()), what, with);
}

TEST(Evidence, ComesBackAsItWas) {
  EXPECT_EQ(*decode<EvidenceBatch>(encode(full_batch())), full_batch());
  EvidenceBatch bare = full_batch();
  bare.devices = {bare_device()};
  bare.nodes.clear();
  EXPECT_EQ(*decode<EvidenceBatch>(encode(bare)), bare);
  DeviceEvidence over_three = full_device();
  over_three.row->phase.reset();
  EXPECT_EQ(*decode<DeviceEvidence>(encode(over_three)), over_three);
  EXPECT_EQ(*decode<NodeEvidence>(encode(full_node())), full_node());
}

TEST(Evidence, HasOneForm) {
  EvidenceBatch batch = full_batch();
  batch.devices = {bare_device()};
  batch.devices[0].minutes.resize(1);
  batch.limit_key.bytes.fill(0);
  EXPECT_EQ(
      encode(batch),
      R"({"site":"elm-street","epoch":4,"boot":"18000000000000000000","number":3,"limit_key":")" +
          std::string(64, '0') +
          R"(","devices":[{"agent":"charger-1","slot_ms":1554292800000,"kind":"battery","bound_since_ms":1554292200000,)"
          R"("minutes":[{"end_ms":1554292860000,"ask_ma":[16000,16000,16000],"ask_feed_ma":[5000,5000,5000],)"
          R"("limit_ma":[6000,6000,6000],"limit_feed_ma":[2000,2000,2000],"reason":"capacity","import_wh":100,)"
          R"("export_wh":7}]}],"nodes":[{"node":"feeder-1","parent":"transformer","slot_ms":1554292800000,)"
          R"("minutes":[{"end_ms":1554292920000,"base_ma":[-3000,-3000,-3000],"others_ma":[8000,8000,8000],)"
          R"("rating_ma":[40000,40000,40000]}],"bound":["charger-1"]}]})");
}

TEST(Evidence, RefusesTimesThatAreNotOfItsQuarterHour) {
  EXPECT_EQ(refusal("\"slot_ms\":1554292800000", "\"slot_ms\":1554292860000"),
            "evidence.devices[0].slot_ms: is not the start of a quarter-hour");
  EXPECT_EQ(refusal("1554292860000", "1554292860001"),
            "evidence.devices[0].minutes[0].end_ms: is not the end of a minute");
  EXPECT_EQ(refusal("1554292860000", "1554292800000"),
            "evidence.devices[0].minutes[0].end_ms: is not in the quarter-hour");
  EXPECT_EQ(refusal("1554293700000", "1554293760000"),
            "evidence.devices[0].minutes[1].end_ms: is not in the quarter-hour");
  EXPECT_EQ(refusal("1554293700000", "1554292860000"),
            "evidence.devices[0].minutes[1].end_ms: is not after the one before");
  EXPECT_EQ(refusal("\"bound_since_ms\":1554292200000", "\"bound_since_ms\":1554292860001"),
            "evidence.devices[0].bound_since_ms: is after the first minute");
}

TEST(Evidence, RefusesAMinuteInWhichNothingWasHeldBack) {
  EXPECT_EQ(refusal(R"("limit_ma":[6000,6000,6000],"reason":"hot-spot")",
                    R"("limit_ma":[16000,16000,16000],"reason":"hot-spot")"),
            "evidence.devices[0].minutes[1].limit_ma: is nowhere below what is asked for");
}

TEST(Evidence, RefusesWhatIsNotThereOrTooMuch) {
  EXPECT_EQ(refusal("\"number\":3", "\"number\":0").substr(0, 16), "evidence.number:");
  EXPECT_EQ(refusal("\"per_kwh\":\"120000\"", "\"per_kwh\":\"9000000000000\""),
            "evidence.devices[0].volunteers_for.per_kwh: is too large");
  EXPECT_EQ(refusal("\"phase\":\"L2\"", "\"phase\":\"L4\"").substr(0, 35), "evidence.devices[0].row.phase: expe");
  EXPECT_EQ(refusal("\"bound\":[\"charger-1\"]", "\"bound\":[]"), "evidence.nodes[0].bound: expected at least one");
  EXPECT_EQ(refusal("\"bound\":[\"charger-1\"]", "\"bound\":[7]"),
            "evidence.nodes[0].bound[0]: expected an agent's name");
  EXPECT_EQ(refusal("\"reason\":\"hot-spot\"", "\"reason\":\"hot-spot\",\"x\":1").substr(0, 34),
            "evidence.devices[0].minutes[1].x: ");
  EvidenceBatch batch = full_batch();
  batch.devices.clear();
  batch.nodes.clear();
  EXPECT_FALSE(decode<EvidenceBatch>(encode(batch)).ok());
  batch.devices.assign(kMostDeviceRecords + 1, full_device());
  EXPECT_FALSE(decode<EvidenceBatch>(encode(batch)).ok());
  batch.devices.assign(1, full_device());
  batch.devices[0].minutes.clear();
  EXPECT_FALSE(decode<EvidenceBatch>(encode(batch)).ok());
  batch.devices.assign(1, full_device());
  batch.devices[0].proof->limit.assign(kMostProofText + 1, 'x');
  EXPECT_FALSE(decode<EvidenceBatch>(encode(batch)).ok());
}

TEST(Evidence, TheLargestBatchFitsAMessage) {
  const auto signer = make_ed25519_signer(Bytes32{});
  const DeploymentId deployment;
  const std::string topic = "balans/elm-street/trafo/evidence";
  DeviceEvidence device = full_device();
  const BoundMinute widest{kNoon,
                           {amps(10'000), amps(10'000)},
                           {amps(9'999), amps(9'999)},
                           Reason::StaleMeter,
                           WattHours(1'000'000'000'000),
                           WattHours(1'000'000'000'000)};
  NodeEvidence node = full_node();
  device.minutes.assign(kMinutesPerSlot, widest);
  node.minutes.assign(kMinutesPerSlot, {kNoon, amps(-10'000), amps(-10'000), amps(-10'000)});
  for (std::size_t i = 0; i < kMinutesPerSlot; ++i)
    device.minutes[i].end = node.minutes[i].end = kNoon + static_cast<std::int64_t>(i + 1) * 1_min;
  device.proof->limit.assign(kMostProofText, '"');
  device.proof->status.assign(kMostProofText, '\\');
  node.bound.assign(static_cast<std::size_t>(defaults::kMaxAgents), *AgentId::parse(std::string(40, 'x')));
  EvidenceBatch batch = full_batch();
  batch.devices.assign(kMostDeviceRecords, device);
  batch.nodes.assign(kMostNodeRecords, node);
  const std::string sealed = seal(*signer, deployment, topic, "evidence", encode(batch));
  EXPECT_LE(sealed.size(), static_cast<std::size_t>(defaults::kMaxMessageBytes));
  const auto opened = open(sealed, "evidence", signer->public_key(), deployment, topic);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(*decode<EvidenceBatch>(*opened), batch);
}

TEST(Evidence, ANeedIsLateWhereTheEventHadBegun) {
  DeviceEvidence d = full_device();
  EXPECT_FALSE(declared_late(d));
  d.need->declared = d.bound_since + 1_ms;
  EXPECT_TRUE(declared_late(d));
  d.need.reset();
  EXPECT_FALSE(declared_late(d));
}

TEST(Evidence, AMinuteBelongsToTheQuarterHourThatItEnds) {
  EXPECT_EQ(evidence_slot_of(kNoon + 1_min), kNoon);
  EXPECT_EQ(evidence_slot_of(kNoon + 15_min), kNoon);
  EXPECT_EQ(evidence_slot_of(kNoon + 16_min), kNoon + 15_min);
}

}  // namespace
}  // namespace balans
