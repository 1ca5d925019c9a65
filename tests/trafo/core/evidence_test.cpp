// What the controller writes down of devices that it holds back. The bench has 40 A; 10 A of them are base load.
#include "trafo/core/evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/trafo/core/evidence_bench.hpp"

namespace balans {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct EvidenceTest : testing::Test {
  EvidenceBench bench{2, 40_A, 10_A};
  UnixTime slot = bench.first + kEvidenceSlot;  ///< the one after `settle`

  /// The device's record in the batches; fails where there is none.
  static DeviceEvidence record_of(const std::vector<EvidenceBatch>& batches, const std::string& agent) {
    for (const EvidenceBatch& batch : batches)
      for (const DeviceEvidence& record : batch.devices)
        if (record.agent.str() == agent) return record;
    ADD_FAILURE() << "no record of " << agent;
    return {};
  }
  Offer needs(std::int64_t wh, std::optional<UnixTime> departs = std::nullopt) {
    Offer offer;
    offer.energy_needed = WattHours(wh);
    offer.departs = departs;
    return offer;
  }
};

TEST_F(EvidenceTest, BoundMinutesAreCountedAndFreeOnesAreNot) {
  bench.settle(8_A);
  EXPECT_THAT(bench.minutes(15), IsEmpty()) << "nobody was held back";
  bench.ask(32_A);
  (void)bench.minutes(5);
  bench.ask(8_A);
  const auto batches = bench.minutes(10);
  ASSERT_THAT(batches, SizeIs(1));
  const DeviceEvidence record = record_of(batches, "charger-1");
  ASSERT_THAT(record.minutes, SizeIs(5));
  EXPECT_EQ(record.slot, slot + 15_min);
  for (std::size_t i = 0; i < 5; ++i) {
    const BoundMinute& minute = record.minutes[i];
    EXPECT_EQ(minute.end, record.slot + static_cast<std::int64_t>(i + 1) * 1_min);
    EXPECT_EQ(minute.ask.draw, PerPhase<Milliamps>::all(32_A));
    EXPECT_LT(minute.limit.draw.largest(), 32_A);
  }
  EXPECT_EQ(record.minutes[4].reason, Reason::Capacity);
  EXPECT_EQ(record.minutes[4].limit.draw, PerPhase<Milliamps>::all(15_A));
  EXPECT_EQ(record.bound_since, record.minutes[0].end);
  ASSERT_TRUE(record.row);
  EXPECT_EQ(record.row->node, "transformer");
  EXPECT_TRUE(record.row->phase);
}

TEST_F(EvidenceTest, TheProofIsALimitOfTheSlotThatBoundAndTheAckOfIt) {
  bench.settle(32_A);
  const auto batches = bench.minutes(15);
  for (const char* name : {"charger-1", "charger-2"}) {
    const DeviceEvidence record = record_of(batches, name);
    ASSERT_TRUE(record.proof);
    EXPECT_EQ(batches[0].limit_key, bench.limit_key->public_key());
    const auto limit = open(record.proof->limit, "limit", bench.limit_key->public_key(), bench.deployment,
                            topics::limit(bench.site.id, record.agent));
    const auto status = open(record.proof->status, "status", bench.keys[name[8] == '1' ? 0 : 1]->public_key(),
                             bench.deployment, topics::status(bench.site.id, record.agent));
    ASSERT_TRUE(limit.ok() && status.ok());
    const Limit given = *decode<Limit>(*limit);
    const Status told = *decode<Status>(*status);
    ASSERT_TRUE(told.ack);
    EXPECT_EQ(told.ack->seq, given.seq);
    EXPECT_EQ(told.ack->term(), given.term());
    EXPECT_EQ(told.ack->stage, AckStage::Effective);
    EXPECT_TRUE(holds_back(told.ask, given.max));
    EXPECT_GE(record.proof->sent, record.slot);
    EXPECT_LT(record.proof->heard, record.slot + 15_s) << "the first of the slot, renewed within ten seconds";
  }
}

TEST_F(EvidenceTest, ALaterStageOfTheSameAckTakesThePlaceOfAnEarlierOne) {
  bench.settle(32_A);
  bench.agents[0].obeys = false;  // acks only that it has written
  const Seq before = bench.agents[0].newest->seq;
  int passed = 0;
  for (; bench.agents[0].newest->seq == before; ++passed) (void)bench.second();
  (void)bench.second();  // in which it tells so of the first limit of the quarter-hour
  Status effective = bench.memory.agents[0].book.newest->status;
  ASSERT_EQ(effective.ack->stage, AckStage::Written);
  bench.agents[0].acks = false;
  effective.ack->stage = AckStage::Effective;
  bench.hear(0, effective);
  const DeviceEvidence record = record_of(bench.seconds(899 - passed), "charger-1");
  ASSERT_TRUE(record.proof);
  EXPECT_EQ(decode<Status>(parse_signed(record.proof->status)->body)->ack->stage, AckStage::Effective);
}

/// A car that comes to a full row is held back first until others have let go, which nobody pays for.
TEST_F(EvidenceTest, TheProofIsOfALimitForWantOfRoomWhereThereIsOne) {
  EvidenceBench street(2, 40_A, 0_A);
  street.ask(0, 32_A);
  street.ask(1, 0_A);
  (void)street.minutes(15);
  street.ask(1, 32_A);
  std::optional<Reason> told_first;
  for (int second = 0; second < 20 && !told_first; ++second) {
    EXPECT_THAT(street.second(), IsEmpty());
    for (const OutgoingLimit& out : street.decision.limits)
      if (out.agent == 1 && out.limit.reason != Reason::NotAsking) told_first = out.limit.reason;
  }
  EXPECT_EQ(told_first, Reason::Handover);
  const DeviceEvidence record = record_of(street.minutes(15), "charger-2");
  ASSERT_TRUE(record.proof);
  const auto limit = decode<Limit>(parse_signed(record.proof->limit)->body);
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->reason, Reason::Capacity);
  EXPECT_GT(limit->max.draw.smallest(), 0_A);
  const auto status = decode<Status>(parse_signed(record.proof->status)->body);
  ASSERT_TRUE(status && status->ack);
  EXPECT_EQ(status->ack->seq, limit->seq);
}

TEST_F(EvidenceTest, WithoutAnAckThereIsNoProof) {
  bench.settle(32_A);
  bench.agents[0].acks = false;
  const auto batches = bench.minutes(15);
  EXPECT_FALSE(record_of(batches, "charger-1").proof);
  EXPECT_TRUE(record_of(batches, "charger-2").proof);
}

TEST_F(EvidenceTest, AnAckOfAnotherSessionIsNoProof) {
  bench.settle(32_A);
  bench.agents[0].acks = false;
  (void)bench.seconds(12);
  Status of_another = bench.memory.agents[0].book.newest->status;
  const Limit& limit = *bench.agents[0].newest;
  of_another.ack = Ack{limit.epoch, limit.boot, limit.seq, limit.max, AckStage::Effective};
  of_another.nonce.value += 1;  // the agent was restarted
  bench.hear(0, of_another);
  EXPECT_FALSE(record_of(bench.seconds(900 - 12), "charger-1").proof);
}

TEST_F(EvidenceTest, AnAckOfALimitThatDidNotBindIsNoProof) {
  bench.settle(32_A);
  bench.agents[0].acks = false;
  (void)bench.seconds(12);
  Status status = bench.memory.agents[0].book.newest->status;
  const Limit& limit = *bench.agents[0].newest;
  status.ack = Ack{limit.epoch, limit.boot, limit.seq, limit.max, AckStage::Effective};
  status.ask = limit.max;
  bench.hear(0, status);
  EXPECT_FALSE(record_of(bench.seconds(900 - 12), "charger-1").proof);
}

TEST_F(EvidenceTest, TheNodeHasWhatNobodyControlsAndWhatTheOthersDrew) {
  bench.settle(8_A);
  bench.ask(0, 32_A);
  const auto batches = bench.minutes(15);
  ASSERT_THAT(batches, SizeIs(1));
  ASSERT_THAT(batches[0].devices, SizeIs(1)) << "the other has all that it asks for";
  ASSERT_THAT(batches[0].nodes, SizeIs(1));
  const NodeEvidence& node = batches[0].nodes[0];
  EXPECT_EQ(node.node, "transformer");
  EXPECT_EQ(node.parent, "");
  EXPECT_EQ(node.slot, slot);
  EXPECT_THAT(node.bound, ElementsAre(bench.site.agents[0].id));
  const NodeMinute& last = node.minutes.back();
  EXPECT_EQ(last.end, slot + kEvidenceSlot);
  EXPECT_EQ(last.others, PerPhase<Milliamps>::all(8_A));
  EXPECT_NEAR(static_cast<double>(last.base[Phase::L1].count()), 10'000, 1);
  EXPECT_NEAR(static_cast<double>(last.rating[Phase::L1].count()), 40'000, 10);
}

TEST_F(EvidenceTest, ADeviceBelowAFeederIsOfTheFeederThatBindsIt) {
  const std::size_t feeder = bench.add_node("feeder-1", 0, 20_A, 2_A, true);
  bench.site.agents[0].node = feeder;
  bench.ask(1, 6_A);
  bench.ask(0, 32_A);
  (void)bench.minutes(15);
  const auto batches = bench.minutes(15);
  const DeviceEvidence record = record_of(batches, "charger-1");
  ASSERT_TRUE(record.row);
  EXPECT_EQ(record.row->node, "feeder-1");
  ASSERT_THAT(batches[0].nodes, SizeIs(1));
  EXPECT_EQ(batches[0].nodes[0].node, "feeder-1");
  EXPECT_EQ(batches[0].nodes[0].parent, "transformer");
}

TEST_F(EvidenceTest, ANeedIsDeclaredWhenItIsFirstSeenHoweverItShrinks) {
  const UnixTime departs = slot + 120_min;
  bench.agents[0].says = needs(12'000, departs);
  bench.settle(8_A);
  bench.agents[0].says = needs(11'750, departs);  // it has charged
  bench.ask(32_A);
  const DeviceEvidence record = record_of(bench.minutes(15), "charger-1");
  ASSERT_TRUE(record.need);
  EXPECT_EQ(record.need->energy, 11'750_Wh);
  EXPECT_EQ(record.need->departs, departs);
  EXPECT_EQ(record.need->declared, bench.first + 1_s);
  EXPECT_FALSE(declared_late(record));
}

TEST_F(EvidenceTest, ANeedThatGrowsDuringTheEventIsToldAsLate) {
  bench.agents[0].says = bench.agents[1].says = needs(5'000);
  bench.settle(8_A);
  bench.ask(32_A);
  (void)bench.minutes(5);
  bench.agents[0].says = needs(20'000);
  EXPECT_FALSE(declared_late(record_of(bench.minutes(10), "charger-1"))) << "what was known in the first minute counts";
  const auto batches = bench.minutes(15);
  const DeviceEvidence grown = record_of(batches, "charger-1");
  EXPECT_EQ(grown.need->declared, slot + 5_min + 1_s);
  EXPECT_EQ(grown.bound_since, slot + 1_min);
  EXPECT_TRUE(declared_late(grown));
  EXPECT_FALSE(declared_late(record_of(batches, "charger-2")));
}

TEST_F(EvidenceTest, AnotherDepartureIsAnotherDeclarationAndSoIsAnotherCar) {
  bench.agents[0].says = needs(5'000, slot + 60_min);
  bench.agents[1].says = needs(5'000);
  bench.settle(32_A);
  bench.agents[0].says = needs(5'000, slot + 90_min);
  bench.agents[1].says.reset();
  (void)bench.seconds(10);
  bench.agents[1].says = needs(5'000);
  const auto batches = bench.seconds(890);
  EXPECT_EQ(record_of(batches, "charger-1").need->declared, slot + 1_s);
  EXPECT_EQ(record_of(batches, "charger-2").need->declared, slot + 11_s);
}

TEST_F(EvidenceTest, AnAnnouncedPriceIsThereWithItsTime) {
  bench.settle(8_A);
  Offer volunteers;
  volunteers.volunteers_for = 120'000;
  bench.agents[0].says = volunteers;
  bench.ask(32_A);
  const auto batches = bench.minutes(15);
  const DeviceEvidence record = record_of(batches, "charger-1");
  ASSERT_TRUE(record.price);
  EXPECT_EQ(*record.price, (AnnouncedPrice{120'000, slot + 1_s}));
  EXPECT_FALSE(record_of(batches, "charger-2").price);
}

TEST_F(EvidenceTest, ALimitThatIsReplacedWithinTheSlotShowsInItsMinutes) {
  bench.settle(32_A);
  (void)bench.minutes(5);
  bench.base = PerPhase<Milliamps>::all(20_A);
  const DeviceEvidence record = record_of(bench.minutes(10), "charger-1");
  ASSERT_THAT(record.minutes, SizeIs(15));
  EXPECT_EQ(record.minutes.front().limit.draw[Phase::L1], 15_A);
  EXPECT_LE(record.minutes.back().limit.draw[Phase::L1], 10_A);
  EXPECT_LT(record.proof->heard, slot + 15_s) << "the first that bound it";
}

TEST_F(EvidenceTest, AnEventGoesOnOverLessThanAQuarterHourOfFreedom) {
  bench.settle(8_A);
  bench.ask(32_A);
  (void)bench.minutes(5);
  bench.ask(8_A);
  (void)bench.minutes(13);
  bench.ask(32_A);
  EXPECT_EQ(record_of(bench.minutes(12), "charger-1").bound_since, slot + 1_min);
  bench.ask(8_A);
  (void)bench.minutes(30);
  bench.ask(32_A);
  EXPECT_EQ(record_of(bench.minutes(15), "charger-1").bound_since, slot + 61_min);
}

TEST_F(EvidenceTest, ASilentAgentIsNotHeldBackForPay) {
  bench.settle(32_A);
  (void)bench.minutes(5);
  bench.agents[0].speaks = false;
  const auto batches = bench.minutes(10);
  EXPECT_THAT(record_of(batches, "charger-1").minutes, SizeIs(5));
  EXPECT_THAT(record_of(batches, "charger-2").minutes, SizeIs(15));
}

TEST_F(EvidenceTest, UnderAnotherControllerNothingIsRecorded) {
  bench.settle(32_A);
  (void)bench.minutes(5);
  bench.memory.contest.overtaken_by = Term{Epoch{9}, BootId{9}};
  EXPECT_THAT(record_of(bench.minutes(10), "charger-1").minutes, SizeIs(5));
  EXPECT_THAT(bench.minutes(15), IsEmpty());
}

TEST_F(EvidenceTest, WhoTakesLessThanItAsksForIsNotHeldBackByTheCapNearIt) {
  EvidenceBench wide(2, 200_A, 10_A);
  for (BenchAgent& agent : wide.agents) agent.appetite = 10_A;
  (void)wide.minutes(15);
  ASSERT_EQ(wide.reason(0), Reason::Reclaim);
  EXPECT_THAT(wide.minutes(15), IsEmpty());
}

TEST_F(EvidenceTest, WithoutAClockNothingIsRecorded) {
  bench.synchronised = false;
  EXPECT_THAT(bench.minutes(40), IsEmpty());
  bench.synchronised = true;
  EXPECT_THAT(bench.minutes(5), SizeIs(1)) << "of the part of the quarter-hour in which it knew the time";
}

TEST_F(EvidenceTest, AClockThatIsLostTakesTheQuarterHourWithIt) {
  bench.settle(32_A);
  (void)bench.minutes(10);
  bench.synchronised = false;
  (void)bench.seconds(10);
  bench.synchronised = true;
  const DeviceEvidence record = record_of(bench.seconds(290), "charger-1");
  EXPECT_EQ(record.minutes.front().end, slot + 11_min);
}

TEST_F(EvidenceTest, AClockThatIsSetTakesTheQuarterHourWithItAndNothingIsRecordedTwice) {
  bench.settle(32_A);
  ASSERT_THAT(bench.minutes(17), SizeIs(1)) << "slot, and two minutes of the next";
  bench.first = bench.first - 10_min;  // back into `slot`
  EXPECT_THAT(bench.minutes(8), IsEmpty()) << "of that there is a record";
  const auto again = bench.minutes(15);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].devices[0].slot, slot + 15_min);
  EXPECT_THAT(again[0].devices[0].minutes, SizeIs(15)) << "nothing of what was seen by the other clock";
}

TEST_F(EvidenceTest, AClockThatWasFarAheadIsForgotten) {
  bench.settle(32_A);
  bench.first = bench.first + 6'000 * 60_min;
  ASSERT_THAT(bench.minutes(16), SizeIs(1));
  bench.first = bench.first - 6'000 * 60_min;
  EXPECT_THAT(bench.minutes(30), SizeIs(2));
}

TEST_F(EvidenceTest, NumbersHaveNoGapWithinATermAndBeginAnewWithTheNext) {
  const auto first = bench.minutes(46);
  ASSERT_THAT(first, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(first[i].number, i + 1);
  EXPECT_EQ(first[0].term, (Term{bench.epoch, bench.boot}));
  bench.epoch.value += 1;
  bench.memory = after_move(bench.site, std::move(bench.memory), bench.now);
  const auto next = bench.minutes(15);
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].number, 1U);
  EXPECT_EQ(next[0].term.epoch, bench.epoch);
}

TEST_F(EvidenceTest, ManyDevicesAreSeveralBatchesThatDecode) {
  EvidenceBench many(30, 200_A, 10_A);
  (void)many.minutes(15);
  const auto batches = many.minutes(15);
  ASSERT_THAT(batches, SizeIs(3));
  std::set<AgentId> seen;
  for (const EvidenceBatch& batch : batches) {
    const auto decoded = decode<EvidenceBatch>(encode(batch));
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, batch);
    for (const DeviceEvidence& record : batch.devices) EXPECT_TRUE(seen.insert(record.agent).second);
  }
  EXPECT_THAT(seen, SizeIs(30));
}

TEST_F(EvidenceTest, ExportIsOfAReadingThatIsFresh) {
  bench.settle(32_A);
  Reading reading;
  reading.utc = slot + 30_s;
  reading.energy_export = 77_Wh;
  bench.recorder->metered(0, reading);
  const DeviceEvidence record = record_of(bench.minutes(15), "charger-1");
  EXPECT_EQ(record.minutes[0].energy_export, 77_Wh);
  EXPECT_EQ(record.minutes[1].energy_export, 77_Wh);
  EXPECT_FALSE(record.minutes[2].energy_export) << "that is two and a half minutes ago";
}

TEST_F(EvidenceTest, TheSameLifeGivesTheSameBytes) {
  EvidenceBench other(2, 40_A, 10_A);
  const auto one = bench.minutes(31), two = other.minutes(31);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(encode(one[i]), encode(two[i]));
}

}  // namespace
}  // namespace balans
