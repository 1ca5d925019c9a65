// The pure part: cursors, times, and what is genuine, whole and new in a batch.
#include "api/core/rfc3339.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"
#include "tests/api/street.hpp"

namespace balans::api::test {
namespace {

TEST(Rfc3339, GivesBackWhatItWrote) {
  for (const std::int64_t ms : {0LL, 1'554'307'200'123LL, 951'782'400'000LL, 253'402'300'799'999LL}) {
    const auto parsed = parse_rfc3339(to_rfc3339(UnixTime(ms)));
    ASSERT_TRUE(parsed.ok()) << to_rfc3339(UnixTime(ms));
    EXPECT_EQ(parsed->ms(), ms);
  }
  EXPECT_EQ(to_rfc3339(UnixTime(1'554'307'200'123)), "2019-04-03T16:00:00.123Z");
}

TEST(Rfc3339, TakesOffsetsAndFractions) {
  EXPECT_EQ(parse_rfc3339("2019-04-03T18:00:00+02:00")->ms(), 1'554'307'200'000);
  EXPECT_EQ(parse_rfc3339("2019-04-03t16:00:00.5z")->ms(), 1'554'307'200'500);
  EXPECT_EQ(parse_rfc3339("2019-04-03T16:00:00.123456789Z")->ms(), 1'554'307'200'123);
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2019-04-03", "2019-02-29T00:00:00Z", "2019-04-03T24:00:00Z", "2019-04-03T16:00:00",
                           "2019-04-03T16:00:00.Z", "2019-04-03T16:00:00Zx", "1969-12-31T23:59:59Z"})
    EXPECT_FALSE(parse_rfc3339(text).ok()) << text;
}

TEST(Cursor, GivesBackWhatItWrote) {
  for (const Cursor& cursor : {Cursor{3, UnixTime(17), 42}, Cursor{1, std::nullopt, 0}}) {
    const auto parsed = parse_cursor(encode(cursor));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(*parsed, cursor);
  }
}

TEST(Cursor, RefusesWhatItDidNotWrite) {
  for (const char* text : {"", "1", "1.2", "1.y.2", "-1.2.3", "1.2.3.4", "1.-2.3", "1.2.", "1.2.99999999999999999999"})
    EXPECT_FALSE(parse_cursor(text).ok()) << text;
}

TEST(ParseIngest, SaysWhereTheBodyIsWrong) {
  EXPECT_EQ(parse_ingest(R"({"batches":["a",7]})").error().where, ".batches[1]");
  EXPECT_EQ(parse_ingest(R"({"batches":[],"more":1})").error().where, ".more");
  EXPECT_EQ(parse_ingest(R"({})").error().where, ".batches");
  EXPECT_FALSE(parse_ingest(R"({"batches":[],"batches":["a"]})").ok());
  EXPECT_FALSE(parse_ingest("{").ok());
}

/// Around the times of the senders' readings.
constexpr TimeBounds kAllTimes{UnixTime(1'554'000'000'000), UnixTime(1'555'000'000'000)};

TEST(Judge, TakesWhatTheAgentSigned) {
  const Street street;
  const Intake intake =
      judge(street.roster, street.site, {street.sealed(street.batch(street.charger, 1, 3))}, kAllTimes);
  ASSERT_EQ(intake.batches.size(), 1U);
  EXPECT_TRUE(intake.refused.empty());
  EXPECT_EQ(intake.batches[0].chain, Chain::Whole);
  EXPECT_EQ(intake.batches[0].content, street.batch(street.charger, 1, 3));
}

TEST(Judge, RefusesAnotherAgentsKeyAndNamesTheAgent) {
  const Street street;
  const ReadingBatch batch = street.batch(street.charger, 1, 3);
  const Intake intake = judge(street.roster, street.site, {street.sealed(batch, *street.boiler_key)}, kAllTimes);
  ASSERT_EQ(intake.refused.size(), 1U);
  EXPECT_EQ(intake.refused[0].agent, "charger-1");
  EXPECT_NE(intake.refused[0].error.find("pinned key"), std::string::npos) << intake.refused[0].error;
}

TEST(Judge, RefusesABatchSignedForAnotherTopic) {
  const Street street;
  const ReadingBatch batch = street.batch(street.charger, 1, 1);
  const std::string elsewhere = seal(*street.charger_key, street.roster.deployment,
                                     "balans/oak-street/charger-1/readings", "readings", encode(batch));
  EXPECT_EQ(judge(street.roster, street.site, {elsewhere}, kAllTimes).refused.size(), 1U);
}

TEST(Judge, RefusesStrangersAndNoiseAndKeepsTheRest) {
  const Street street;
  const ReadingBatch stranger = street.batch(*AgentId::parse("stranger"), 1, 1);
  const Intake intake =
      judge(street.roster, street.site,
            {"noise", street.sealed(stranger, *street.charger_key), street.sealed(street.batch(street.boiler, 1, 1))},
            kAllTimes);
  ASSERT_EQ(intake.refused.size(), 2U);
  EXPECT_EQ(intake.refused[0].batch, 0U);
  EXPECT_EQ(intake.refused[1].agent, "stranger");
  ASSERT_EQ(intake.batches.size(), 1U);
  EXPECT_EQ(intake.batches[0].index, 2U);
}

TEST(Judge, FlagsABrokenChainAndKeepsTheBatch) {
  const Street street;
  ReadingBatch batch = street.batch(street.charger, 1, 3);
  batch.readings[1].energy_import = 7_Wh;
  const Intake intake = judge(street.roster, street.site, {street.sealed(batch)}, kAllTimes);
  ASSERT_EQ(intake.batches.size(), 1U);
  EXPECT_EQ(intake.batches[0].chain, Chain::Broken);
}

TEST(Judge, KeepsTheReadingsBesideOneThatCannotBeKept) {
  const Street street;
  ReadingBatch batch = street.batch(street.charger, 1, 4);
  batch.readings[0].utc = kAllTimes.from - 1_ms;
  batch.readings[2].utc = kAllTimes.to;
  batch.head = {};
  for (const Reading& reading : batch.readings) batch.head = chain(batch.head, reading);
  const Intake intake = judge(street.roster, street.site, {street.sealed(batch)}, kAllTimes);
  ASSERT_EQ(intake.batches.size(), 1U);
  EXPECT_EQ(intake.batches[0].content.readings, (std::vector{batch.readings[1], batch.readings[3]}));
  EXPECT_EQ(intake.batches[0].chain, Chain::Whole) << "it was whole as it was sent";
  ASSERT_EQ(intake.refused_rows.size(), 2U);
  EXPECT_EQ(intake.refused_rows[0].row, 0U);
  EXPECT_EQ(intake.refused_rows[1].row, 2U);
  EXPECT_NE(intake.refused_rows[1].error.find("readings.readings[2].utc_ms"), std::string::npos);
}

TEST(Judge, RefusesABatchOfWhichNothingCanBeKept) {
  const Street street;
  ReadingBatch batch = street.batch(street.charger, 1, 1);
  batch.readings[0].utc = UnixTime(0);
  const Intake intake = judge(street.roster, street.site, {street.sealed(batch)}, kAllTimes);
  EXPECT_TRUE(intake.batches.empty());
  ASSERT_EQ(intake.refused.size(), 1U);
  EXPECT_EQ(intake.refused[0].agent, "charger-1");
}

TEST(Join, WantsTheHeadsOfItsNeighbours) {
  const Street street;
  const Batch middle{0, {}, "", street.batch(street.charger, 4, 6), Chain::Whole};
  const Digest before = street.batch(street.charger, 1, 3).head;
  const Digest after = street.batch(street.charger, 7, 9).previous;
  EXPECT_EQ(join(middle, {before, after}), Chain::Whole);
  EXPECT_EQ(join(middle, {std::nullopt, std::nullopt}), Chain::Whole);
  EXPECT_EQ(join(middle, {Digest{}, std::nullopt}), Chain::Broken);
  EXPECT_EQ(join(middle, {before, Digest{}}), Chain::Broken);
}

TEST(Join, StartsWithZerosBeforeTheFirstReading) {
  const Street street;
  ReadingBatch first = street.batch(street.charger, 1, 3);
  first.previous.bytes[0] = 1;
  EXPECT_EQ(join({0, {}, "", first, Chain::Whole}, {}), Chain::Broken);
}

TEST(Compare, CountsWhatIsThereAndKeepsWhatIsNew) {
  const Street street;
  const Comparison found =
      compare(street.batch(street.charger, 2, 6), {{Street::reading(3), 1}, {Street::reading(5), 1}});
  EXPECT_EQ(found.duplicates, 2U);
  EXPECT_EQ(found.fresh, (std::vector{Street::reading(2), Street::reading(4), Street::reading(6)}));
  EXPECT_TRUE(found.corrections.empty());
}

TEST(Compare, TakesOtherContentForACorrectionOfTheNewest) {
  const Street street;
  Reading second = Street::reading(3), third = Street::reading(3);
  second.energy_import = 7_Wh;
  third.energy_import = 8_Wh;
  const Comparison found = compare(street.batch(street.charger, 2, 4), {{second, 1}, {third, 2}});
  ASSERT_EQ(found.corrections.size(), 1U);
  EXPECT_EQ(found.corrections[0], (Correction{{third, 2}, Street::reading(3)}));
  EXPECT_EQ(found.fresh.size(), 2U);
}

TEST(Compare, KnowsAnOlderVersionAgain) {
  const Street street;
  Reading corrected = Street::reading(3);
  corrected.energy_import = 7_Wh;
  const Comparison found = compare(street.batch(street.charger, 3, 3), {{Street::reading(3), 1}, {corrected, 2}});
  EXPECT_EQ(found.duplicates, 1U);
  EXPECT_TRUE(found.corrections.empty());
}

}  // namespace
}  // namespace balans::api::test
