// What both engines promise, asked of each.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "api/app/ingest_readings.hpp"
#include "api/app/roll_ups.hpp"
#include "common/messages/signed.hpp"
#include "tests/api/both_engines.hpp"

namespace balans::api::test {
namespace {

class StoreTest : public OnBothEngines {
 protected:
  IngestReadings::Request request(const std::string& key, const std::vector<std::string>& envelopes) {
    return {roster, senders.site, key, ingest_body(envelopes)};
  }
  std::string ingested(const std::string& key, const std::vector<std::string>& envelopes) {
    const auto one = request(key, envelopes);
    auto outcomes = ingest.run(*store, std::span(&one, 1));
    if (const auto* failed = std::get_if<IngestReadings::StoreFailed>(&outcomes[0])) return failed->error.message();
    const auto* committed = std::get_if<IngestReadings::Committed>(&outcomes[0]);
    return committed == nullptr ? "not committed" : committed->answer;
  }
  std::string sealed(std::uint64_t first, std::uint64_t last) {
    return senders.sealed(senders.batch(senders.charger, first, last));
  }
  std::vector<StoredReading> all(Versions versions = Versions::Newest) {
    ReadingQuery query;
    query.limit = 100'000;
    query.versions = versions;
    auto page = store->readings().page(query);
    EXPECT_TRUE(page.ok()) << page.error().message();
    std::vector<StoredReading> rows = page->readings;
    rows.insert(rows.end(), page->superseded.begin(), page->superseded.end());
    return rows;
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> seqs;
    for (const StoredReading& row : all()) seqs.push_back(row.reading.seq);
    return seqs;
  }
  void roll_up() {
    while (true) {
      const auto left = roll_up_some(*store, 7);
      ASSERT_TRUE(left.ok()) << left.error().message();
      if (*left == Left::Nothing) break;
    }
    while (true) {
      const auto left = roll_up_days(*store, 5);
      ASSERT_TRUE(left.ok()) << left.error().message();
      if (*left == Left::Nothing) break;
    }
  }
  std::vector<Bucket> series(Level level) {
    auto found =
        store->roll_ups().series({{senders.site, senders.charger}, level, {UnixTime(0), UnixTime(4'000'000'000'000)}});
    EXPECT_TRUE(found.ok()) << found.error().message();
    return *std::move(found);
  }

  Senders senders;
  std::shared_ptr<const Roster> roster = std::make_shared<const Roster>(senders.roster);
  TestClock clock;
  std::unique_ptr<EventLog> events = *EventLog::open(folder / "events.jsonl", clock);
  IngestReadings ingest{Retention(), clock, *events};
};

INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, both_engines(), engine_of);

std::string answer(int accepted, int corrected, int duplicate) {
  return "{\"accepted\":" + std::to_string(accepted) + ",\"corrected\":" + std::to_string(corrected) +
         ",\"duplicate\":" + std::to_string(duplicate) + ",\"refused\":[],\"refused_rows\":[],\"refused_row_count\":0}";
}

TEST_P(StoreTest, GivesAReadingBackAsItCame) {
  ReadingBatch batch = senders.batch(senders.charger, 1, 1);
  batch.readings[0].energy_export = 123'456'789'012_Wh;
  batch.readings[0].mean[Phase::L3] = Milliamps(-9'999'999);
  batch.readings[0].state = AgentState::Failsafe;
  batch.head = chain(batch.previous, batch.readings[0]);
  EXPECT_EQ(ingested("k", {senders.sealed(batch)}), answer(1, 0, 0));
  const auto rows = all();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].reading, batch.readings[0]);
  EXPECT_EQ(rows[0].site, senders.site);
  EXPECT_EQ(rows[0].agent, senders.charger);
  EXPECT_EQ(rows[0].chain, Chain::Whole);
  EXPECT_EQ(rows[0].version, 1);
}

TEST_P(StoreTest, GivesEverySignedTextBackAsItCame) {
  ReadingBatch untimed = senders.batch(senders.boiler, 1, 3);
  untimed.readings[1].utc.reset();
  untimed.head = untimed.previous;
  for (const Reading& reading : untimed.readings) untimed.head = chain(untimed.head, reading);
  std::string spaced = sealed(21, 23);
  spaced.insert(1, " ");
  ReadingBatch corrected = senders.batch(senders.charger, 2, 3);
  corrected.readings[0].energy_import += 7_Wh;
  const std::vector<std::string> texts{sealed(1, 4),  senders.sealed(untimed),   sealed(5, 5),  spaced,
                                       sealed(3, 20), senders.sealed(corrected), sealed(24, 40)};
  for (const std::string& text : texts) ingested(text.substr(text.size() - 20), {text});
  std::vector<std::string> found;
  for (std::int64_t after = 0;;) {
    const auto text = store->readings().signed_text({}, after);
    ASSERT_TRUE(text.ok()) << text.error().message();
    if (!*text) break;
    after = (*text)->batch;
    found.push_back((*text)->text);
  }
  EXPECT_EQ(found, texts);
}

TEST_P(StoreTest, JoinsASeriesAsMergeDoes) {
  ingested("1", {sealed(1, 100), sealed(160, 300), sealed(420, 421)});
  roll_up();
  for (const Level level : {Level::Minute, Level::QuarterHour}) {
    const Millis length = 7 * length_of(level);
    const auto found = store->roll_ups().series(
        {{senders.site, senders.charger}, level, {UnixTime(0), UnixTime(4'000'000'000'000)}, length});
    ASSERT_TRUE(found.ok()) << found.error().message();
    EXPECT_GT(found->size(), 2U);
    EXPECT_EQ(*found, merge(series(level), length_of(level), length));
  }
}

TEST_P(StoreTest, FindsTheSignedTextsOfOneDeviceAndStretch) {
  ingested("1", {sealed(1, 4), senders.sealed(senders.batch(senders.boiler, 1, 3)), sealed(5, 9)});
  ReadingQuery query;
  query.agent = senders.charger;
  query.from = *senders.reading(5).utc;
  const auto text = store->readings().signed_text(query, 0);
  ASSERT_TRUE(text.ok() && *text);
  EXPECT_EQ((*text)->text, sealed(5, 9));
  EXPECT_EQ((*text)->agent, senders.charger);
  EXPECT_FALSE(*store->readings().signed_text(query, (*text)->batch));
}

TEST_P(StoreTest, StoresEachReadingOnceHoweverBatchesOverlap) {
  EXPECT_EQ(ingested("1", {sealed(3, 6)}), answer(4, 0, 0));
  EXPECT_EQ(ingested("2", {sealed(5, 9)}), answer(3, 0, 2));
  EXPECT_EQ(ingested("3", {sealed(1, 4), sealed(1, 12)}), answer(5, 0, 11));
  EXPECT_EQ(ingested("4", {sealed(3, 6), sealed(20, 21), sealed(19, 22)}), answer(4, 0, 6));
  std::vector<std::uint64_t> expected{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 19, 20, 21, 22};
  EXPECT_EQ(numbers(), expected);
  for (const StoredReading& row : all()) EXPECT_EQ(row.chain, Chain::Whole) << row.reading.seq;
}

TEST_P(StoreTest, KnowsABatchByItsSignedText) {
  EXPECT_EQ(ingested("1", {sealed(1, 50)}), answer(50, 0, 0));
  EXPECT_EQ(ingested("2", {sealed(1, 50)}), answer(0, 0, 50));
  EXPECT_EQ(ingested("1", {sealed(1, 50)}), answer(50, 0, 0));
}

TEST_P(StoreTest, EndsWithEachReadingOnceWhateverTheOrderAndTheGroups) {
  clock.now = BootTime(7 * 24 * 3'600'000);
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::mt19937 random(seed);
    std::vector<IngestReadings::Request> requests;
    const std::uint64_t shift = 1000 * seed;
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t first = shift + 1 + random() % 100, last = first + random() % 30;
      requests.push_back(request("s" + std::to_string(seed) + "r" + std::to_string(i), {sealed(first, last)}));
    }
    requests.push_back(request("s" + std::to_string(seed), {sealed(shift + 1, shift + 130)}));
    std::shuffle(requests.begin(), requests.end(), random);
    for (std::size_t i = 0; i < requests.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random() % 10, requests.size() - i);
      for (const auto& outcome : ingest.run(*store, std::span(requests).subspan(i, count)))
        EXPECT_TRUE(std::holds_alternative<IngestReadings::Committed>(outcome)) << "seed " << seed;
      i += count;
    }
    const auto seqs = numbers();
    EXPECT_EQ(seqs.size(), 130 * seed) << "seed " << seed;
    EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()) && std::adjacent_find(seqs.begin(), seqs.end()) == seqs.end());
  }
}

TEST_P(StoreTest, KeepsTheVersionBeforeACorrectionAndCountsTheNewest) {
  ingested("1", {sealed(1, 5)});
  ReadingBatch corrected = senders.batch(senders.charger, 3, 3);
  corrected.readings[0].energy_import = 333_Wh;
  corrected.readings[0].utc = *corrected.readings[0].utc + 5_s;
  corrected.head = chain(corrected.previous, corrected.readings[0]);
  EXPECT_EQ(ingested("2", {senders.sealed(corrected)}), answer(0, 1, 0));
  EXPECT_EQ(ingested("3", {sealed(2, 4)}), answer(0, 0, 3)) << "an older version is known too";
  ASSERT_EQ(all().size(), 5U);
  EXPECT_EQ(all()[2].reading, corrected.readings[0]);
  EXPECT_EQ(all()[2].version, 2);
  const auto versions = all(Versions::All);
  ASSERT_EQ(versions.size(), 6U);
  EXPECT_EQ(versions[5].version, 1);
  EXPECT_EQ(versions[5].reading, Senders::reading(3));
}

TEST_P(StoreTest, GivesAReadingItsTimeLater) {
  ReadingBatch untimed = senders.batch(senders.charger, 1, 2);
  for (Reading& reading : untimed.readings) reading.utc.reset();
  EXPECT_EQ(ingested("1", {senders.sealed(untimed)}), answer(2, 0, 0));
  EXPECT_EQ(ingested("2", {sealed(1, 2)}), answer(0, 2, 0));
  EXPECT_EQ(all()[0].reading, Senders::reading(1));
  EXPECT_EQ(all().size(), 2U);
}

TEST_P(StoreTest, FlagsABatchThatDoesNotJoinItsNeighbours) {
  ingested("1", {sealed(1, 3)});
  ReadingBatch stray = senders.batch(senders.charger, 4, 5);
  stray.previous = {};
  stray.head = chain(chain({}, stray.readings[0]), stray.readings[1]);
  ingested("2", {senders.sealed(stray)});
  ingested("3", {sealed(6, 6)});
  std::vector<Chain> chains;
  for (const StoredReading& row : all()) chains.push_back(row.chain);
  EXPECT_EQ(chains,
            (std::vector{Chain::Whole, Chain::Whole, Chain::Whole, Chain::Broken, Chain::Broken, Chain::Broken}));
}

TEST_P(StoreTest, RefusesReadingsOneByOneAndKeepsTheRest) {
  ReadingBatch batch = senders.batch(senders.charger, 1, 4);
  batch.readings[1].utc = UnixTime(1000);
  batch.readings[2].utc = UnixTime(clock.utc().ms() + 2 * limits::kAhead.count());
  std::string body = encode(batch);
  const std::string good = "\"import_wh\":400";
  body.replace(body.find(good), good.size(), "\"import_wh\":-4");
  const std::string envelope =
      seal(*senders.charger_key, senders.roster.deployment, "balans/elm-street/charger-1/readings", "readings", body);
  const std::string got = ingested("1", {envelope, sealed(10, 11)});
  EXPECT_NE(got.find("\"accepted\":3,"), std::string::npos) << got;
  EXPECT_NE(got.find("\"row\":1,"), std::string::npos) << got;
  EXPECT_NE(got.find("\"row\":2,"), std::string::npos) << got;
  EXPECT_NE(got.find("\"row\":3,\"error\":\"readings.readings[3].import_wh: -4 is outside"), std::string::npos) << got;
  EXPECT_NE(got.find("\"refused_row_count\":3}"), std::string::npos) << got;
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{1, 10, 11}));
}

TEST_P(StoreTest, StoresNothingOfATransactionThatFails) {
  const auto failed = store->transaction([&]() -> Result<void> {
    const DeviceName name{senders.site, senders.charger};
    const auto devices = store->readings().lock(std::span(&name, 1));
    EXPECT_TRUE(devices.ok());
    Device device = (*devices)[0];
    const auto batch = senders.batch(senders.charger, 1, 3);
    NewBatch fresh{device.id, {0, {}, "text", batch, Chain::Whole}, {batch.readings, {}, 0}, clock.utc()};
    EXPECT_TRUE(store->readings().add(std::span(&fresh, 1), std::span(&device, 1)).ok());
    return Error{"here", "no"};
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(ingested("1", {sealed(1, 3)}), answer(3, 0, 0));
}

TEST_P(StoreTest, PagesAreWholeWithoutGapsOrRepeats) {
  ingested("1", {sealed(1, 25), senders.sealed(senders.batch(senders.boiler, 1, 11))});
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  ReadingQuery query;
  query.limit = 7;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = store->readings().page(query);
    ASSERT_TRUE(page.ok());
    for (const auto& row : page->readings) seen.emplace_back(row.agent.str(), row.reading.seq);
    if (!page->next) break;
    query.after = page->next;
  }
  EXPECT_EQ(seen.size(), 36U);
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 36U);
}

TEST_P(StoreTest, RollsUpWhatItHasWhateverTheOrderOfArrival) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
  for (std::uint64_t first = 1; first <= 600; first += 20) parts.emplace_back(first, first + 19);
  std::mt19937 random(5);
  std::shuffle(parts.begin(), parts.end(), random);
  int key = 0;
  for (const auto& [first, last] : parts) {
    ingested(std::to_string(++key), {sealed(first, last)});
    if (key % 4 == 0) roll_up();
  }
  roll_up();
  std::vector<Sample> samples;
  for (std::uint64_t seq = 1; seq <= 600; ++seq) {
    const Reading r = Senders::reading(seq);
    samples.push_back({*r.utc, seq, r.energy_import, r.energy_export, r.mean, r.limit});
  }
  for (const Level level : {Level::Minute, Level::QuarterHour}) {
    const Millis length = length_of(level);
    const Span all{stretch_of(length, samples.front().at), stretch_of(length, samples.back().at) + length};
    EXPECT_TRUE(series(level) == balans::api::roll_up(samples, length, all)) << name_of(level);
  }
  WattHours sum;
  for (const Bucket& day : series(Level::Day)) sum += day.imported;
  EXPECT_EQ(sum, WattHours(599 * 100));
}

TEST_P(StoreTest, RollsUpAgainWhenAReadingIsCorrected) {
  ingested("1", {sealed(1, 40)});
  roll_up();
  ReadingBatch corrected = senders.batch(senders.charger, 40, 40);
  corrected.readings[0].energy_import = 4500_Wh;
  ingested("2", {senders.sealed(corrected)});
  roll_up();
  WattHours sum;
  for (const Bucket& bucket : series(Level::QuarterHour)) sum += bucket.imported;
  EXPECT_EQ(sum, 4400_Wh);
}

TEST_P(StoreTest, AddsUpEnergyByDeviceAndKnowsItsNode) {
  ingested("1", {sealed(1, 100), senders.sealed(senders.batch(senders.boiler, 1, 31))});
  ASSERT_TRUE(store->readings().place({senders.site, senders.charger}, "house-12").ok());
  roll_up();
  const auto energy = store->roll_ups().energy(senders.site, {UnixTime(0), UnixTime(4'000'000'000'000)});
  ASSERT_TRUE(energy.ok()) << energy.error().message();
  ASSERT_EQ(energy->size(), 2U);
  EXPECT_EQ((*energy)[0].agent, senders.boiler);
  EXPECT_EQ((*energy)[0].imported, 3000_Wh);
  EXPECT_EQ((*energy)[1].node, "house-12");
  EXPECT_EQ((*energy)[1].imported, 9900_Wh);
  EXPECT_EQ((*energy)[1].readings, 100);
}

TEST_P(StoreTest, SaysHowGoodItsDataIs) {
  ReadingBatch broken = senders.batch(senders.charger, 200, 210);
  broken.previous.bytes[0] ^= 1;
  ingested("1", {sealed(1, 10), senders.sealed(broken)});
  roll_up();
  const auto quality = store->roll_ups().quality(senders.site, {UnixTime(0), UnixTime(4'000'000'000'000)});
  ASSERT_TRUE(quality.ok()) << quality.error().message();
  ASSERT_EQ(quality->size(), 1U);
  const DeviceQuality& q = quality->front();
  EXPECT_EQ(q.last_seq, 210U);
  EXPECT_EQ(q.newest, Senders::reading(210).utc);
  EXPECT_EQ(q.last_received, clock.utc());
  EXPECT_EQ(q.broken_batches, 1);
  EXPECT_GT(q.gaps, 0);
  EXPECT_EQ(q.resets, 0);
}

TEST_P(StoreTest, LetsGoOfWhatIsOverAndKeepsTheRest) {
  const std::int64_t days = 24 * 3'600'000;
  ReadingBatch untimed = senders.batch(senders.boiler, 1, 2);
  for (Reading& reading : untimed.readings) reading.utc.reset();
  ingested("1", {sealed(1, 900), senders.sealed(untimed)});
  roll_up();
  const std::size_t quarters = series(Level::QuarterHour).size();
  clock.now = BootTime(100 * days);
  ReadingBatch late = senders.batch(senders.charger, 901, 903);
  for (Reading& reading : late.readings) reading.utc = UnixTime(reading.utc->ms() + 100 * days);
  ingested("2", {senders.sealed(late)});
  roll_up();
  for (int rounds = 0; rounds < 100; ++rounds) {
    const auto left = forget_some(*store, Retention(), clock.utc(), clock.utc());
    ASSERT_TRUE(left.ok()) << left.error().message();
    if (*left == Left::Nothing) break;
  }
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{901, 902, 903}));
  EXPECT_EQ(series(Level::Minute).size(), 3U);
  EXPECT_EQ(series(Level::QuarterHour).size(), quarters + 1);
  const std::string got = ingested("3", {sealed(1, 900)});
  EXPECT_NE(got.find("from which readings are kept"), std::string::npos) << got.substr(0, 300);
  EXPECT_EQ(numbers().size(), 3U);
}

TEST_P(StoreTest, AnswersTheSameUnderTheSameKeyInOneGroupAndAfter) {
  const std::vector<IngestReadings::Request> twice{request("k", {sealed(1, 2)}), request("k", {sealed(1, 2)})};
  const auto outcomes = ingest.run(*store, twice);
  EXPECT_TRUE(std::holds_alternative<IngestReadings::Committed>(outcomes[0]));
  EXPECT_TRUE(std::holds_alternative<IngestReadings::StoreFailed>(outcomes[1])) << "asked to come again";
  EXPECT_EQ(ingested("k", {sealed(1, 2)}), answer(2, 0, 0));
  EXPECT_EQ(ingested("k", {sealed(1, 3)}), "not committed");
}

TEST_P(StoreTest, IsUpToDateAfterMigratingTwice) {
  EXPECT_TRUE(migrate(address).ok());
  const auto state = schema_state(address);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->found, state->known);
}

}  // namespace
}  // namespace balans::api::test
