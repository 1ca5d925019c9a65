// What both engines promise of access, orders and history, asked of each.
#include <gtest/gtest.h>

#include <set>

#include "api/core/time_id.hpp"
#include "tests/api/both_engines.hpp"

namespace balans::api::test {
namespace {

const SiteId kElm = *SiteId::parse("elm-street");
const SiteId kOak = *SiteId::parse("oak-street");

Bytes32 bytes(std::uint8_t byte) {
  Bytes32 all{};
  all.fill(byte);
  return all;
}

class Aggregates : public OnBothEngines {
 protected:
  static StoredOrder order(const SiteId& site, std::int64_t id, std::int64_t expires_ms = 5000) {
    return {site,
            id,
            "limit",
            "{\"signed\":\"\\\\ text\"}",
            "works, näher\tbeschrieben",
            "token 1 (x)",
            UnixTime(1000),
            UnixTime(expires_ms),
            {},
            {},
            {}};
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Aggregates, both_engines(), engine_of);

TEST_P(Aggregates, TokensComeBackAsTheyWereAndAreRevokedOnce) {
  const Token one{"00000001", "a name", {Scope::Operate, std::set<SiteId>{kElm, kOak}}, {bytes(1)}, UnixTime(1),
                  {},         {}};
  const Token two{"00000002", "", {Scope::Administer, std::nullopt}, {bytes(2)}, UnixTime(2), UnixTime(9), {}};
  const Token none{"00000003", "", {Scope::Read, std::set<SiteId>{}}, {bytes(3)}, UnixTime(3), {}, {}};
  for (const Token& token : {two, one, none}) commit([&] { return store->tokens().add(token); });
  EXPECT_EQ(*store->tokens().all(), (std::vector{one, two, none}));
  EXPECT_TRUE(*store->tokens().revoke(one.id, UnixTime(77)));
  EXPECT_FALSE(*store->tokens().revoke(one.id, UnixTime(78)));
  EXPECT_FALSE(*store->tokens().revoke("00000009", UnixTime(78)));
  EXPECT_EQ(store->tokens().all()->front().revoked, UnixTime(77));
}

TEST_P(Aggregates, AnEnrolledSiteTakesThePlaceOfTheOneBefore) {
  const PairedSite before{kElm, {bytes(1)}, {{*AgentId::parse("a"), {bytes(2)}}, {*AgentId::parse("b"), {bytes(3)}}}};
  const PairedSite after{kElm, {bytes(4)}, {{*AgentId::parse("c"), {bytes(5)}}}, DeploymentId{bytes(8)}};
  const PairedSite bare{kOak, {bytes(6)}, {}};
  for (const PairedSite& site : {before, bare, after}) commit([&] { return store->enrolments().put(site); });
  EXPECT_EQ(*store->enrolments().all(), (std::vector{after, bare}));
  EXPECT_TRUE(*store->enrolments().remove(kElm));
  EXPECT_FALSE(*store->enrolments().remove(kElm));
  EXPECT_EQ(*store->enrolments().all(), std::vector{bare});
}

TEST_P(Aggregates, ACodeIsKeptWithItsTriesUntilItExpires) {
  const PairingCode code{"k7qm", {bytes(1)}, kElm, UnixTime(100), 5};
  const PairingCode any{"aaaa", {bytes(2)}, std::nullopt, UnixTime(200), 5};
  for (const PairingCode& each : {code, any}) commit([&] { return store->enrolments().add_code(each); });
  EXPECT_EQ(*store->enrolments().code("k7qm"), code);
  EXPECT_EQ(*store->enrolments().code("aaaa"), any);
  commit([&] { return store->enrolments().set_tries("k7qm", 2); });
  EXPECT_EQ((*store->enrolments().code("k7qm"))->tries_left, 2);
  commit([&] { return store->enrolments().forget_codes(UnixTime(150)); });
  EXPECT_FALSE(*store->enrolments().code("k7qm"));
  EXPECT_TRUE(*store->enrolments().code("aaaa"));
}

TEST_P(Aggregates, TheAuditLogIsReadFromItsEnd) {
  std::vector<AuditEntry> entries;
  for (std::int64_t i = 0; i < 5; ++i) {
    entries.insert(entries.begin(), {time_id(UnixTime(1000 + i), 0), UnixTime(1000 + i), "command", "made", "", "x"});
    commit([&] { return store->audit().add(entries.front()); });
  }
  EXPECT_EQ(*store->audit().page(std::nullopt, 2), (std::vector{entries[0], entries[1]}));
  EXPECT_EQ(*store->audit().page(entries[1].id, 10), (std::vector{entries[2], entries[3], entries[4]}));
}

TEST_P(Aggregates, AnOrderWaitsUntilItIsAcknowledgedOrExpires) {
  EXPECT_EQ(*store->orders().next_id(kElm), 1);
  const std::vector<StoredOrder> given{order(kElm, 1), order(kElm, 2, 3000), order(kOak, 1)};
  for (const StoredOrder& each : given) commit([&] { return store->orders().add(each); });
  EXPECT_EQ(*store->orders().next_id(kElm), 3);
  EXPECT_EQ(*store->orders().waiting(UnixTime(2000), 100), given);
  EXPECT_EQ(*store->orders().waiting(UnixTime(3000), 100), (std::vector{given[0], given[2]})) << "one has expired";
  EXPECT_EQ(*store->orders().count_waiting(kElm, "credit", UnixTime(2000)), 2);
  EXPECT_EQ(*store->orders().count_waiting(kElm, "credit", UnixTime(3000)), 1);
  EXPECT_TRUE(*store->orders().acknowledge(kElm, 1, "refused", "no such node", UnixTime(2500)));
  EXPECT_FALSE(*store->orders().acknowledge(kElm, 1, "applied", "", UnixTime(2600))) << "the first ack counts";
  EXPECT_FALSE(*store->orders().acknowledge(kElm, 9, "applied", "", UnixTime(2600)));
  EXPECT_EQ(*store->orders().waiting(UnixTime(2000), 100), (std::vector{given[1], given[2]}));
  const auto acked = *store->orders().find(kElm, 1);
  ASSERT_TRUE(acked);
  EXPECT_EQ(acked->acked, UnixTime(2500));
  EXPECT_EQ(acked->outcome, "refused");
  EXPECT_EQ(acked->why, "no such node");
  EXPECT_EQ(store->orders().page(kElm, std::nullopt, 1)->front(), given[1]) << "newest first";
  EXPECT_EQ(store->orders().page(kElm, 2, 10)->front().id, 1);
  EXPECT_FALSE(*store->orders().find(kOak, 2));
}

TEST_P(Aggregates, ANumberIsGivenToOneOrderOnly) {
  commit([&] { return store->orders().add(order(kElm, 1)); });
  EXPECT_FALSE(store->transaction([&] { return store->orders().add(order(kElm, 1)); }).ok());
  EXPECT_TRUE(store->ready().ok());
}

TEST_P(Aggregates, ChangesAreCountedWithWhatChanged) {
  const std::int64_t before = *store->changes().version();
  commit([&] { return store->changes().bump(); });
  EXPECT_FALSE(store
                   ->transaction([&]() -> Result<void> {
                     if (const auto counted = store->changes().bump(); !counted) return counted;
                     return Error{"", "given up"};
                   })
                   .ok());
  EXPECT_EQ(*store->changes().version(), before + 1);
}

TEST_P(Aggregates, EventsAreFoundByTimeKindAndSubject) {
  std::vector<StoredEvent> events;
  for (std::int64_t i = 0; i < 6; ++i)
    events.push_back({time_id(UnixTime(1000 + i), 0), kElm, UnixTime(500 + i), i % 2 == 0 ? "overload" : "device",
                      i < 3 ? "feeder-1" : "charger-1", "detail"});
  commit([&] { return store->history().add_events(events); });
  commit([&] { return store->history().add_events(std::span(events).first(2)); });
  const auto ids = [&](EventQuery query) {
    query.site = kElm;
    query.limit = query.limit == 0 ? 100 : query.limit;
    std::vector<std::int64_t> found;
    for (const StoredEvent& event : *store->history().events(query)) found.push_back(event.at.ms() - 500);
    return found;
  };
  EXPECT_EQ(store->history().events({kElm, {}, {}, {}, {}, {}, 1})->front(), events.back());
  EXPECT_EQ(ids({}), (std::vector<std::int64_t>{5, 4, 3, 2, 1, 0})) << "none twice";
  EXPECT_EQ(ids({{}, UnixTime(502), UnixTime(504), {}, {}, {}, 0}), (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(ids({{}, {}, {}, "overload", {}, {}, 0}), (std::vector<std::int64_t>{4, 2, 0}));
  EXPECT_EQ(ids({{}, {}, {}, "device", "charger-1", {}, 0}), (std::vector<std::int64_t>{5, 3}));
  EXPECT_EQ(ids({{}, {}, {}, {}, {}, events[4].id, 2}), (std::vector<std::int64_t>{3, 2}));
  EXPECT_TRUE(store->history().events({kOak, {}, {}, {}, {}, {}, 100})->empty());
}

TEST_P(Aggregates, ASessionIsOneRowThatGrows) {
  const AgentId charger = *AgentId::parse("charger-1");
  const AgentId boiler = *AgentId::parse("boiler");
  Session going{kElm, charger, UnixTime(100), std::nullopt, UnixTime(200), WattHours(5), 3, ""};
  commit([&] { return store->history().put_sessions({&going, 1}); });
  Session over = going;
  over.departed = over.seen = UnixTime(300);
  over.energy = WattHours(7);
  over.reason = "transformer";
  const std::vector<Session> all{over, {kElm, boiler, UnixTime(150), {}, UnixTime(160), WattHours(1), 0, ""}};
  commit([&] { return store->history().put_sessions(all); });
  EXPECT_EQ(*store->history().sessions({kElm, {}, {}, {}, {}, 10}), (std::vector{all[1], all[0]}));
  EXPECT_EQ(*store->history().sessions({kElm, charger, {}, {}, {}, 10}), std::vector{over});
  EXPECT_EQ(*store->history().sessions({kElm, {}, UnixTime(101), UnixTime(151), {}, 10}), std::vector{all[1]});
  EXPECT_EQ(*store->history().sessions({kElm, {}, {}, {}, UnixTime(150), 10}), std::vector{over});
}

TEST_P(Aggregates, RowsOfOneDayAddUpAndMarksTakeTheLarger) {
  const SiteDay morning{kElm, UnixTime(0), 10, 20, 30, 40, 50, 600, 70'000};
  const SiteDay evening{kElm, UnixTime(0), 1, 2, 3, 4, 5, 700, 60'000};
  const SiteDay next{kElm, UnixTime(86'400'000), 1, 0, 0, 0, 0, 0, -5000};
  for (const SiteDay& day : {morning, next, evening}) commit([&] { return store->history().add_days({&day, 1}); });
  const SiteDay both{kElm, UnixTime(0), 11, 22, 33, 44, 55, 700, 70'000};
  EXPECT_EQ(*store->history().days(kElm, UnixTime(0), UnixTime(86'400'001)), (std::vector{both, next}));
  EXPECT_EQ(*store->history().days(kElm, UnixTime(1), UnixTime(86'400'001)), std::vector{next});
  EXPECT_TRUE(store->history().days(kOak, UnixTime(0), UnixTime(86'400'001))->empty());
}

TEST_P(Aggregates, WhatIsOldIsLetGoOf) {
  std::vector<StoredEvent> events;
  for (std::int64_t i = 0; i < 5001; ++i)
    events.push_back({time_id(UnixTime(1000), static_cast<std::uint64_t>(i)), kElm, UnixTime(1), "device", "x", ""});
  events.push_back({time_id(UnixTime(9000), 0), kElm, UnixTime(1), "device", "x", ""});
  const AgentId agent = *AgentId::parse("a");
  const std::vector<Session> sessions{{kElm, agent, UnixTime(1), {}, UnixTime(100), WattHours(0), 0, ""},
                                      {kElm, agent, UnixTime(2), {}, UnixTime(200), WattHours(0), 0, ""}};
  commit([&] { return store->history().add_events(events); });
  commit([&] { return store->history().put_sessions(sessions); });
  const auto forget = [&] { return *store->history().forget(UnixTime(5000), UnixTime(150), UnixTime(0)); };
  EXPECT_TRUE(forget()) << "some at a time";
  EXPECT_FALSE(forget());
  EXPECT_EQ(store->history().events({kElm, {}, {}, {}, {}, {}, 100})->size(), 1U);
  EXPECT_EQ(*store->history().sessions({kElm, {}, {}, {}, {}, 10}), std::vector{sessions[1]});
}

TEST_P(Aggregates, AnAnswerIsKeptForItsOwnerAndForgottenInTime) {
  commit([&] { return store->answers().keep("token 1", "key", {bytes(1), "201 \n{}"}, UnixTime(100)); });
  EXPECT_EQ((*store->answers().find("token 1", "key"))->answer, "201 \n{}");
  EXPECT_FALSE(*store->answers().find("token 2", "key"));
  commit([&] { return store->answers().forget(UnixTime(101), 10); });
  EXPECT_FALSE(*store->answers().find("token 1", "key"));
}

DeviceEvidence held_back(const char* agent, UnixTime slot) {
  DeviceEvidence record;
  record.agent = *AgentId::parse(agent);
  record.slot = slot;
  record.bound_since = slot + 1_min;
  record.minutes = {
      {slot + 1_min, {PerPhase<Milliamps>::all(16_A)}, {PerPhase<Milliamps>::all(6_A)}, Reason::Capacity, 5_Wh, {}}};
  record.proof = LimitProof{slot, R"({"a":"\"\\ä"})", slot + 1_s, "b"};
  return record;
}

TEST_P(Aggregates, EvidenceComesBackAsItWasAndOneOfAKindIsKept) {
  const UnixTime slot(1'554'292'800'000);
  const EvidenceName name{kElm, {Epoch{4}, BootId{18'000'000'000'000'000'000U}}, 7};
  const DeviceEvidence record = held_back("charger-1", slot);
  const NodeEvidence node{"feeder-1", "", slot, {{slot + 1_min, {}, {}, {}}}, {record.agent}};
  commit([&]() -> Result<void> {
    EXPECT_FALSE(*store->evidence().find(name));
    if (auto added = store->evidence().add({name, Digest{bytes(3)}, "a \\ text\t", UnixTime(9000)}); !added)
      return added;
    EXPECT_TRUE(*store->evidence().add(StoredEvidence{name, record, "a flaw"}));
    EXPECT_TRUE(*store->evidence().add(StoredNodeEvidence{name, node}));
    DeviceEvidence other = record;
    other.proof.reset();
    EXPECT_FALSE(*store->evidence().add(StoredEvidence{name, other, ""})) << "of this device and quarter-hour";
    EXPECT_FALSE(*store->evidence().add(StoredNodeEvidence{name, node}));
    return {};
  });
  EXPECT_EQ(*store->evidence().find(name), Digest{bytes(3)});
  EXPECT_EQ(*store->evidence().envelope(name), "a \\ text\t");
  EXPECT_EQ(*store->evidence().devices({kElm, {}, {}, {}, {}, 10}),
            (std::vector{StoredEvidence{name, record, "a flaw"}}));
  EXPECT_EQ(*store->evidence().nodes(kElm, slot, slot + 1_ms, 10), (std::vector{StoredNodeEvidence{name, node}}));
  EXPECT_TRUE(store->evidence().devices({kOak, {}, {}, {}, {}, 10})->empty());
  EXPECT_FALSE(*store->evidence().envelope({kOak, name.term, name.number}));
}

TEST_P(Aggregates, EvidenceIsFoundByDeviceAndTimeAndForgottenWhenItIsOver) {
  const UnixTime slot(1'554'292'800'000);
  const EvidenceName name{kElm, {Epoch{4}, BootId{5}}, 7};
  commit([&]() -> Result<void> {
    if (auto added = store->evidence().add({name, {}, "text", slot + 15_min}); !added) return added;
    for (int i = 0; i < 3; ++i)
      for (const char* agent : {"b", "a"})
        EXPECT_TRUE(*store->evidence().add(StoredEvidence{name, held_back(agent, slot + i * kEvidenceSlot), ""}));
    return {};
  });
  const auto found = [&](const EvidenceQuery& query) {
    std::string agents;
    for (const StoredEvidence& stored : *store->evidence().devices(query))
      agents += stored.record.agent.str() + std::to_string((stored.record.slot - slot) / kEvidenceSlot) + " ";
    return agents;
  };
  EXPECT_EQ(found({kElm, {}, {}, {}, {}, 10}), "a0 b0 a1 b1 a2 b2 ");
  EXPECT_EQ(found({kElm, *AgentId::parse("b"), {}, {}, {}, 10}), "b0 b1 b2 ");
  EXPECT_EQ(found({kElm, {}, slot + 15_min, slot + 30_min, {}, 10}), "a1 b1 ");
  EXPECT_EQ(found({kElm, {}, {}, {}, EvidencePlace{slot, "a"}, 2}), "b0 a1 ");
  commit([&]() -> Result<void> {
    EXPECT_FALSE(*store->evidence().forget(slot + 30_min));
    return {};
  });
  EXPECT_EQ(found({kElm, {}, {}, {}, {}, 10}), "a2 b2 ");
  EXPECT_FALSE(*store->evidence().find(name)) << "it came before";
}

}  // namespace
}  // namespace balans::api::test
