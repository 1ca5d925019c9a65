// Evidence on its way from the controller's core through the routes into the store, and what becomes of forged proofs.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <functional>

#include "api/app/roll_ups.hpp"
#include "common/messages/topics.hpp"
#include "tests/api/street.hpp"
#include "tests/trafo/core/evidence_bench.hpp"

namespace balans::api::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPath = "/v1/sites/elm-street/evidence";

class EvidenceRoutes : public testing::Test {
 protected:
  EvidenceRoutes() {
    bench.deployment = street.roster.deployment;
    bench.site.agents[1].id = street.boiler;
    bench.keys[0] = make_ed25519_signer(seed_of(2));
    bench.keys[1] = make_ed25519_signer(seed_of(3));
  }
  /// Of a quarter-hour in which both were held back.
  EvidenceBatch held_back() {
    (void)bench.minutes(15);
    const auto batches = bench.minutes(15);
    EXPECT_EQ(batches.size(), 1U);
    return batches.at(0);
  }
  std::string sealed(const EvidenceBatch& batch) {
    return seal(*street.site_key, street.roster.deployment, topics::evidence(street.site), "evidence", encode(batch));
  }
  boost::json::value posted(const EvidenceBatch& batch) {
    const Response response = api.ask(street.post(kPath, sealed(batch)));
    EXPECT_EQ(response.status, 200) << response.body;
    return response.status == 200 ? boost::json::parse(response.body) : boost::json::object();
  }
  boost::json::value asked(const std::string& query = "") {
    const Response response = api.ask(get(kPath + query));
    EXPECT_EQ(response.status, 200) << response.body;
    return boost::json::parse(response.body);
  }
  /// Why the first record is flagged, after `forge` has been at it; it is kept all the same.
  std::string flaw_after(const std::function<void(DeviceEvidence&)>& forge) {
    EvidenceBatch forged = genuine;
    forged.number = ++number;
    forged.nodes.clear();
    forged.devices.resize(1);
    forge(forged.devices[0]);
    const auto answer = posted(forged);
    EXPECT_EQ(answer.at("stored"), 1);
    const auto kept = api.store->evidence().devices({street.site, {}, {}, {}, {}, 100});
    EXPECT_EQ(kept->size(), 1U);
    EXPECT_EQ(kept->at(0).record, forged.devices[0]);
    EXPECT_FALSE(*api.store->evidence().forget(UnixTime(9'000'000'000'000))) << "for the next forgery";
    if (answer.at("flawed").as_array().empty()) return "";
    EXPECT_EQ(std::string(answer.at("flawed").at(0).at("why").as_string()), kept->at(0).flaw);
    return kept->at(0).flaw;
  }
  using Forgery = std::function<void(DeviceEvidence&)>;
  /// The limit, changed and signed by `key`.
  Forgery with_limit(const Signer& key, const std::function<void(Limit&)>& change) const {
    return [this, &key, change](DeviceEvidence& record) {
      Limit limit = *decode<Limit>(parse_signed(record.proof->limit)->body);
      change(limit);
      const std::string topic = topics::limit(street.site, record.agent);
      record.proof->limit = seal(key, bench.deployment, topic, "limit", encode(limit));
    };
  }
  Forgery with_status(const Signer& key, const std::function<void(Status&)>& change) const {
    return [this, &key, change](DeviceEvidence& record) {
      Status status = *decode<Status>(parse_signed(record.proof->status)->body);
      change(status);
      const std::string topic = topics::status(street.site, record.agent);
      record.proof->status = seal(key, bench.deployment, topic, "status", encode(status));
    };
  }
  /// Signed readings of the charger around `at`, whose clock shows `off` more at that time than the status' clock.
  void read(UnixTime at, Millis off) {
    const Status status = *decode<Status>(parse_signed(genuine.devices[0].proof->status)->body);
    ReadingBatch batch;
    batch.agent = street.charger;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
      Reading reading = Senders::reading(seq);
      reading.utc = at + static_cast<std::int64_t>(seq) * 1_min;
      reading.at = status.at + (*reading.utc - genuine.devices[0].proof->heard) + off;
      batch.head = chain(batch.head, reading);
      batch.readings.push_back(reading);
    }
    api.ingested(street.post_readings("k", {street.sealed(batch)}));
  }

  const Street street;
  Api api{street};
  EvidenceBench bench{2, 40_A, 10_A};
  EvidenceBatch genuine;
  std::uint64_t number = 100;
};

TEST_F(EvidenceRoutes, WhatTheControllerHasSeenIsKeptWithItsProofs) {
  const EvidenceBatch batch = held_back();
  const auto answer = posted(batch);
  EXPECT_EQ(answer.at("stored"), 3) << "two devices, and the node that bound them";
  EXPECT_TRUE(answer.at("flawed").as_array().empty()) << answer.at("flawed").at(0).at("why");
  const auto page = asked();
  ASSERT_EQ(page.at("devices").as_array().size(), 2U);
  for (const std::size_t i : {0U, 1U}) {
    const DeviceEvidence& record = batch.devices[1 - i];  // boiler-1 comes before charger-1
    EXPECT_EQ(page.at("devices").at(i).at("flaw"), "");
    EXPECT_EQ(page.at("devices").at(i).at("record"), boost::json::parse(encode(record)));
    EXPECT_EQ(page.at("devices").at(i).at("record").at("proof").at("limit").as_string(), record.proof->limit);
    EXPECT_EQ(page.at("devices").at(i).at("batch").at("number"), static_cast<std::int64_t>(batch.number));
  }
  ASSERT_EQ(page.at("nodes").as_array().size(), 1U);
  EXPECT_EQ(page.at("nodes").at(0).at("record"), boost::json::parse(encode(batch.nodes[0])));
  EXPECT_EQ(*api.store->evidence().envelope({street.site, batch.term, batch.number}), sealed(batch));
}

TEST_F(EvidenceRoutes, TheSameBatchAgainChangesNothingAndAnotherUnderItsNumberIsRefused) {
  EvidenceBatch batch = held_back();
  posted(batch);
  const auto again = posted(batch);
  EXPECT_EQ(again.at("again"), true);
  EXPECT_EQ(again.at("stored"), 0);
  batch.devices[0].minutes.pop_back();
  EXPECT_EQ(api.ask(street.post(kPath, sealed(batch))).status, 409);
  EXPECT_EQ(asked().at("devices").as_array().size(), 2U);
}

TEST_F(EvidenceRoutes, ASecondRecordOfAQuarterHourIsToldAndDoesNotCount) {
  EvidenceBatch batch = held_back();
  posted(batch);
  const std::string before = api.ask(get(kPath)).body;
  batch.number += 1;
  batch.devices[0].minutes.pop_back();
  const auto answer = posted(batch);
  EXPECT_EQ(answer.at("stored"), 0);
  EXPECT_EQ(answer.at("doubled").as_array().size(), 3U);
  EXPECT_EQ(api.ask(get(kPath)).body, before);
}

TEST_F(EvidenceRoutes, OnlyTheSiteItselfIsBelieved) {
  const EvidenceBatch batch = held_back();
  const std::string by_another =
      seal(*street.charger_key, street.roster.deployment, topics::evidence(street.site), "evidence", encode(batch));
  EXPECT_EQ(api.ask(street.post(kPath, by_another)).status, 400);
  EvidenceBatch of_another = batch;
  of_another.site = *SiteId::parse("oak-street");
  EXPECT_EQ(api.ask(street.post(kPath, sealed(of_another))).status, 400);
  EXPECT_EQ(api.ask(street.post(kPath, "{}")).status, 400);
  Request unsigned_request = street.post(kPath, sealed(batch));
  unsigned_request.head.headers["balans-signature"] = std::string(128, '0');
  EXPECT_EQ(api.ask(unsigned_request).status, 401);
  EXPECT_TRUE(asked().at("devices").as_array().empty());
}

TEST_F(EvidenceRoutes, WhatTheRightKeysHaveSignedHolds) {
  genuine = held_back();
  EXPECT_EQ(flaw_after([](DeviceEvidence&) {}), "");
  EXPECT_EQ(flaw_after(with_limit(*bench.limit_key, [](Limit&) {})), "") << "signed again";
  EXPECT_EQ(flaw_after(with_status(*street.charger_key, [](Status&) {})), "");
}

TEST_F(EvidenceRoutes, AProofThatOthersHaveSignedIsKeptWithItsFlaw) {
  genuine = held_back();
  const auto with = [](auto change) { return [change](DeviceEvidence& record) { change(*record.proof); }; };
  const auto of_boiler = *genuine.devices[1].proof;
  const auto letter = [](LimitProof& proof) { proof.limit.replace(proof.limit.find("15000"), 5, "14000"); };
  EXPECT_THAT(flaw_after([](DeviceEvidence& record) { record.proof.reset(); }), HasSubstr("no limit with its ack"));
  EXPECT_THAT(flaw_after(with_limit(*street.charger_key, [](Limit&) {})), HasSubstr("is not the pinned key"));
  EXPECT_THAT(flaw_after(with_status(*bench.limit_key, [](Status&) {})), HasSubstr("is not the pinned key"));
  EXPECT_THAT(flaw_after(with([&](LimitProof& proof) { proof = of_boiler; })), HasSubstr("signature does not fit"));
  EXPECT_THAT(flaw_after(with(letter)), HasSubstr("signature does not fit"));
  EXPECT_THAT(flaw_after([](DeviceEvidence& record) { record.agent = *AgentId::parse("nobody"); }),
              HasSubstr("not an agent of site"));
  bench.deployment.bytes = seed_of(77);
  EXPECT_THAT(flaw_after(with_limit(*bench.limit_key, [](Limit&) {})), HasSubstr("signature does not fit"));
}

TEST_F(EvidenceRoutes, ALimitAndAnAckThatDoNotBelongTogetherAreKeptWithTheirFlaw) {
  genuine = held_back();
  const auto limit = [&](const std::function<void(Limit&)>& change) {
    return flaw_after(with_limit(*bench.limit_key, change));
  };
  const auto status = [&](const std::function<void(Status&)>& change) {
    return flaw_after(with_status(*street.charger_key, change));
  };
  EXPECT_EQ(limit([](Limit& l) { l.seq.value += 1; }), "the status acknowledges another limit");
  EXPECT_EQ(limit([](Limit& l) { l.boot.value += 1; }), "the status acknowledges another limit");
  EXPECT_EQ(limit([](Limit& l) { l.epoch.value += 1; }), "the status acknowledges another limit");
  EXPECT_EQ(limit([](Limit& l) { l.nonce.value += 1; }), "limit and status are of different sessions");
  EXPECT_EQ(limit([](Limit& l) { l.until = l.until + 60_s; }), "limit and status are of different times");
  EXPECT_EQ(limit([](Limit& l) { l.until = l.until - 60_s; }), "limit and status are of different times");
  EXPECT_EQ(limit([](Limit& l) { l.max.draw = PerPhase<Milliamps>::all(32_A); }),
            "the limit is nowhere below what the agent asked for");
  EXPECT_EQ(status([](Status& s) { s.ack.reset(); }), "the status acknowledges nothing");
}

TEST_F(EvidenceRoutes, AProofOfAnotherTimeIsKeptWithItsFlaw) {
  genuine = held_back();
  const UnixTime slot = genuine.devices[0].slot;
  const auto times = [&](const std::function<void(LimitProof&)>& change) {
    return flaw_after([&](DeviceEvidence& record) { change(*record.proof); });
  };
  EXPECT_EQ(times([&](LimitProof& p) { p.sent = slot - 1_ms; }), "the limit was not sent in the quarter-hour");
  EXPECT_EQ(times([&](LimitProof& p) { p.heard = slot + 15_min; }), "the ack was not heard in the quarter-hour");
  EXPECT_EQ(times([](LimitProof& p) { p.heard = p.sent - 1_ms; }), "the ack was heard before the limit was sent");
  EXPECT_EQ(times([](LimitProof& p) { p.heard = p.sent + 61_s; }), "the ack was heard when the lease was over");
}

TEST_F(EvidenceRoutes, AQuarterHourThatLiesAheadEarnsNothing) {
  bench.first = bench.first + 96 * 60_min;
  const auto answer = posted(held_back());
  ASSERT_EQ(answer.at("flawed").as_array().size(), 2U);
  EXPECT_EQ(answer.at("flawed").at(0).at("why"), "lies ahead of this clock");
}

TEST_F(EvidenceRoutes, AProofThatTheDevicesOwnReadingsPlaceElsewhereIsFlagged) {
  genuine = held_back();
  read(genuine.devices[0].slot, 120 * 60_min);
  const auto answer = posted(genuine);
  ASSERT_EQ(answer.at("flawed").as_array().size(), 1U);
  EXPECT_EQ(answer.at("flawed").at(0).at("agent"), "charger-1");
  EXPECT_EQ(answer.at("flawed").at(0).at("why"), "by the device's readings the ack is of another time");
}

TEST_F(EvidenceRoutes, AProofThatTheReadingsAgreeWithHolds) {
  genuine = held_back();
  read(genuine.devices[0].slot, 20_s);
  EXPECT_TRUE(posted(genuine).at("flawed").as_array().empty());
}

TEST_F(EvidenceRoutes, PagesGoByQuarterHourThenDevice) {
  for (int i = 0; i < 3; ++i) posted(held_back());
  std::vector<std::string> seen;
  std::string after;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = asked("?limit=2" + after);
    for (const auto& device : page.at("devices").as_array())
      seen.push_back(std::to_string(device.at("record").at("slot_ms").as_int64()) + " " +
                     std::string(device.at("record").at("agent").as_string()));
    EXPECT_EQ(page.at("nodes").as_array().size(), 1U);
    if (page.at("next").is_null()) break;
    after = "&after=" + std::string(page.at("next").as_string());
  }
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(asked("?agent=charger-1").at("devices").as_array().size(), 3U);
  const std::string second = "2019-04-03T12:45:00Z";
  EXPECT_EQ(asked("?from=" + second).at("devices").as_array().size(), 4U);
  EXPECT_EQ(asked("?to=" + second).at("devices").as_array().size(), 2U);
  EXPECT_EQ(api.ask(get(std::string(kPath) + "?after=x")).status, 400);
}

TEST_F(EvidenceRoutes, WhatIsOverGoes) {
  posted(held_back());
  posted(held_back());
  const auto kept = [&] { return asked().at("devices").as_array().size(); };
  EXPECT_FALSE(*api.store->evidence().forget(bench.first + 16_min));
  EXPECT_EQ(kept(), 2U);
  const Retention retention;
  ASSERT_TRUE(forget_some(*api.store, retention, api.clock.utc(), bench.first + 91 * 24 * 60_min).ok());
  EXPECT_EQ(kept(), 0U);
}

}  // namespace
}  // namespace balans::api::test
