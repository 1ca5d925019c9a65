#include "common/messages/messages.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

constexpr PerPhase<Milliamps> amps(std::int64_t l1, std::int64_t l2, std::int64_t l3) {
  return {{Milliamps(l1 * 1000), Milliamps(l2 * 1000), Milliamps(l3 * 1000)}};
}

Offer sample_offer() {
  Offer o;
  o.nonce = {18'000'000'000'000'000'000U};
  o.kind = DeviceKind::HeatPump;
  o.phases = {Phase::L1, Phase::L3};
  o.min = 6_A;
  o.max = 16_A;
  o.step = 100_mA;
  o.floor = 6090_mA;
  o.energy_needed = 12'000_Wh;
  o.failsafe = 6_A;
  o.failsafe_hold = 80_s;
  o.settle = 6_s;
  o.revert = 60_s;
  return o;
}

/// Every field that may be left out is there.
Offer full_offer() {
  Offer o = sample_offer();
  o.fewer_phases = {Phase::L3};
  o.levels = {6_A, 9_A, 16_A};
  o.comfort = 8_A;
  o.weight = 1 << 20;
  o.volunteers_for = 120'000;
  o.departs = UnixTime(1'554'307'200'000);
  o.min_feed = 1_A;
  o.max_feed = 10_A;
  o.failsafe_feed = 2_A;
  o.min_on = 300_s;
  o.min_off = 60_s;
  o.contactor = 10_s;
  o.device_fallback = 5_A;
  o.fallback_feed = 1_A;
  return o;
}

Status sample_status() {
  Status s;
  s.at = AgentTime(123'456);
  s.nonce = {42};
  s.state = AgentState::Following;
  s.ask = amps(16, 0, 0);
  s.holding = amps(10, 0, 0);
  s.ack = Ack{{3}, {5}, {17}, amps(10, 0, 0), AckStage::Effective};
  s.measured = PerPhase<Milliamps>{{Milliamps(9'870), Milliamps(-20), Milliamps(0)}};
  s.energy = 5'000'000_Wh;
  s.vehicle = VehicleState::C;
  s.fault = "a \"quoted\" fault";
  return s;
}

Status full_status() {
  Status s = sample_status();
  s.ask.feed = amps(8, 0, 0);
  s.holding.feed = amps(0, 4, 0);
  s.ack->limit.feed = amps(0, 0, 3);
  s.follows = Term{{3}, {18446744073709551615U}};
  s.phases = PhaseSet{Phase::L1};
  s.session_energy = 3250_Wh;
  return s;
}

Reading sample_reading(std::uint64_t seq) {
  Reading r;
  r.seq = seq;
  r.boot = {99};
  r.at = AgentTime(static_cast<std::int64_t>(seq) * 60'000);
  if (seq % 2 == 0) r.utc = UnixTime(1'554'307'200'000);
  r.energy_import = WattHours(static_cast<std::int64_t>(seq) * 100);
  r.mean = amps(1, 2, 3);
  r.state = AgentState::Following;
  return r;
}

ReadingBatch sample_batch() {
  ReadingBatch batch;
  batch.agent = *AgentId::parse("charger-1");
  batch.readings = {sample_reading(1), sample_reading(2), sample_reading(3)};
  for (const Reading& reading : batch.readings) batch.head = chain(batch.head, reading);
  return batch;
}

TrafoState sample_state() {
  TrafoState s;
  s.site = *SiteId::parse("elm-street");
  s.at = UnixTime(1'554'307'200'000);
  s.epoch = {7};
  s.rated_va = 75'000;
  NodeState n;
  n.node = "feeder-2";
  n.parent = "transformer";
  n.quality = MeterQuality::Good;
  n.load = amps(80, 70, 60);
  n.rating = amps(108, 108, 108);
  n.base = amps(40, 30, 20);
  n.headroom = amps(60, 70, 80);
  n.booked = amps(50, 50, 50);
  n.source = Reason::HotSpot;
  n.feed = NodeState::Feed{amps(50, 50, 50), amps(40, 40, 40), amps(10, 10, 10)};
  s.nodes = {n};
  DeviceState d;
  d.agent = *AgentId::parse("charger-1");
  d.limit = amps(10, 10, 10);
  d.reason = Reason::Capacity;
  d.binding = "transformer L1";
  s.devices = {d};
  s.alarms = {"charger-2 is silent"};
  return s;
}

template <class Message>
void expect_round_trip(const Message& message) {
  const std::string text = encode(message);
  const Result<Message> back = decode<Message>(text);
  ASSERT_TRUE(back) << back.error().message() << "\n" << text;
  EXPECT_EQ(*back, message);
  EXPECT_EQ(encode(*back), text) << "encoding is canonical";
}

TEST(Messages, ComeBackAsTheyWereSent) {
  expect_round_trip(sample_offer());
  expect_round_trip(full_offer());
  expect_round_trip(sample_status());
  expect_round_trip(full_status());
  expect_round_trip(Limit{{1}, {18446744073709551615U}, {2}, {3}, AgentTime(4), amps(6, 6, 6), false, Reason::Restart});
  expect_round_trip(
      Limit{{1}, {18446744073709551615U}, {2}, {3}, AgentTime(4), {amps(6, 6, 6), amps(4, 4, 4)}, true, Reason::Dso});
  expect_round_trip(sample_batch());
  expect_round_trip(Stored{12});
  expect_round_trip(sample_state());
  expect_round_trip(Online{true});
}

std::string error_of(std::string_view json) {
  const auto limit = decode<Limit>(json);
  return limit ? "" : limit.error().message();
}

TEST(Messages, SayExactlyWhatIsWrong) {
  const std::string good =
      R"({"epoch":1,"boot":"18446744073709551615","seq":2,"nonce":"3","until_ms":4,"max_ma":[1,2,3],"may_raise":true,"reason":"ramp"})";
  ASSERT_EQ(error_of(good), "");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return error_of(text.replace(text.find(from), from.size(), to));
  };
  EXPECT_EQ(with("[1,2,3]", "[1,-5,3]"), "limit.max_ma[1]: -5 is outside 0..10000000");
  EXPECT_EQ(with("[1,2,3]", "[1,2.5,3]"),
            "limit.max_ma[1]: expected an integer, got a number with fraction, exponent or more than 64 bits");
  EXPECT_EQ(with("[1,2,3]", "[1,2]"), "limit.max_ma: expected three integers, L1 L2 L3");
  EXPECT_EQ(with("\"seq\":2", "\"seq\":2e0"),
            "limit.seq: expected an integer, got a number with fraction, exponent or more than 64 bits");
  EXPECT_EQ(with("\"seq\":2", "\"seq\":2,\"seq\":3"), "limit: duplicate key 'seq'");
  EXPECT_EQ(with("\"seq\":2,", ""), "limit.seq: missing");
  EXPECT_EQ(with("\"seq\":2", "\"seq\":2,\"sequ\":2"), "limit.sequ: unknown key");
  EXPECT_EQ(with("\"3\"", "3"), "limit.nonce: expected a string, got an integer");
  EXPECT_EQ(with("\"3\"", "\"03\""), "limit.nonce: '03' is not a decimal 64-bit number");
  EXPECT_EQ(with("\"ramp\"", "\"rump\"").substr(0, 42), "limit.reason: 'rump' is not a reason: expe");
  EXPECT_EQ(with("true", "1"), "limit.may_raise: expected true or false, got an integer");
  EXPECT_EQ(error_of(good + "x").substr(0, 22), "limit: not JSON at byt");
  EXPECT_EQ(error_of("[]"), "limit: expected an object, got an array");
  EXPECT_NE(error_of(""), "");
}

TEST(Messages, NoTruncationOrFlippedByteCrashes) {
  for (const std::string& text :
       {encode(full_offer()), encode(full_status()), encode(sample_batch()), encode(sample_state())}) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string_view cut = std::string_view(text).substr(0, i);
      EXPECT_FALSE(decode<Offer>(cut) || decode<Status>(cut) || decode<ReadingBatch>(cut) || decode<TrafoState>(cut));
      std::string flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x15);
      (void)decode<Offer>(flipped).ok();
      (void)decode<Status>(flipped).ok();
      (void)decode<ReadingBatch>(flipped).ok();
      (void)decode<TrafoState>(flipped).ok();
    }
  }
}

TEST(Messages, DeepNestingIsRefused) { EXPECT_NE(error_of(std::string(10'000, '[')), ""); }

TEST(Offer, BoundsAreHeldAgainstEachOther) {
  Offer offer = sample_offer();
  offer.min = 20_A;
  const auto back = decode<Offer>(encode(offer));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().message(), "offer.min_ma: is above max_ma");
}

std::string refusal_of(const Offer& offer) {
  const auto back = decode<Offer>(encode(offer));
  return back ? "" : back.error().message();
}

TEST(Offer, FewerPhasesAreAPartOfItsPhases) {
  Offer offer = full_offer();
  offer.fewer_phases = {Phase::L2};
  EXPECT_EQ(refusal_of(offer), "offer.fewer_phases: are not all in phases");
  offer.fewer_phases = offer.phases;
  EXPECT_EQ(refusal_of(offer), "offer.fewer_phases: are the same as phases");
}

TEST(Offer, LevelsAscendBetweenMinimumAndMaximum) {
  Offer offer = full_offer();
  for (const std::vector<Milliamps>& levels : {std::vector<Milliamps>{9_A, 6_A}, {6_A, 6_A}, {5_A, 9_A}, {6_A, 17_A}}) {
    offer.levels = levels;
    EXPECT_EQ(refusal_of(offer), "offer.levels_ma: expected them ascending from min_ma to max_ma");
  }
}

TEST(Offer, FeedingInHasItsOwnBounds) {
  Offer offer = full_offer();
  offer.min_feed = 11_A;
  EXPECT_EQ(refusal_of(offer), "offer.min_feed_ma: is above max_feed_ma");
  offer = full_offer();
  offer.failsafe_feed = 11_A;
  EXPECT_EQ(refusal_of(offer), "offer.failsafe_feed_ma: is above max_feed_ma");
}

TEST(Encoding, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(
      encode(Limit{{1}, {18446744073709551615U}, {2}, {3}, AgentTime(4), amps(6, 6, 6), true, Reason::Capacity}),
      R"({"epoch":1,"boot":"18446744073709551615","seq":2,"nonce":"3","until_ms":4,"max_ma":[6000,6000,6000],"may_raise":true,)"
      R"("reason":"capacity"})");
  for (const char* key : {"fewer_phases", "levels_ma", "comfort_ma", "volunteers_for", "departs_ms", "feed"})
    EXPECT_EQ(encode(sample_offer()).find(key), std::string::npos) << key;
  for (const char* key : {"\"phases\"", "session_energy_wh", "feed"})
    EXPECT_EQ(encode(sample_status()).find(key), std::string::npos) << key;
}

TEST(ReadingBatch, AChainThatDoesNotFollowIsSeen) {
  ReadingBatch batch = sample_batch();
  EXPECT_TRUE(check_chain(batch));
  batch.readings[1].energy_import += 1_Wh;
  EXPECT_FALSE(check_chain(batch));
}

TEST(ReadingBatch, SequenceNumbersAreConsecutive) {
  ReadingBatch batch = sample_batch();
  batch.readings[2].seq = 7;
  EXPECT_FALSE(decode<ReadingBatch>(encode(batch)));
}

TEST(Names, AllReasonsHaveOne) {
  for (std::string_view name :
       {"unlimited", "not-asking", "capacity", "waiting", "ramp", "handover", "reclaim", "stale-meter", "overload",
        "restart", "operator", "schedule", "dso", "hot-spot", "neutral", "unbalance", "low-voltage"}) {
    const auto reason = parse_name<Reason>(name);
    ASSERT_TRUE(reason) << name;
    EXPECT_EQ(name_of(*reason), name);
  }
}

}  // namespace
}  // namespace balans
