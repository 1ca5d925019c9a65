// Feeder and session files: what is taken from them, and what is said of those that are wrong.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "sim/data/csv.hpp"
#include "sim/data/feeder.hpp"
#include "sim/data/json_text.hpp"
#include "sim/data/local_time.hpp"
#include "sim/data/sessions.hpp"
#include "sim/data/synthetic.hpp"

namespace balans::sim {
namespace {

LocalTime at(const char* text) { return *parse_local_time(text); }

std::string profiles(const std::string& columns, const std::string& values) {
  std::string text = "minute," + columns + "\n";
  for (int minute = 1; minute <= 1440; ++minute) text += std::to_string(minute) + "," + values + "\n";
  return text;
}

constexpr const char* kLoadHeader = "load,bus,phase,nphases,rated_kw,pf\n";

TEST(LocalTimes, AreReadAndWritten) {
  EXPECT_EQ(to_text({at("2019-04-03T16:00")}), "2019-04-03T16:00:00");
  EXPECT_EQ(to_text(at("1969-12-31T23:59:59")), "1969-12-31T23:59:59");
  EXPECT_EQ(second_of_day(at("2019-04-03T16:00:05")), 57'605);
}

TEST(LocalTimes, RefuseWhatIsNone) {
  for (const char* text :
       {"", "2019-04-03", "2019-04-31T16:00", "2019-04-03T24:00", "2019-04-03T16:00Z", "2019-4-03T16:00:0"})
    EXPECT_FALSE(parse_local_time(text).ok()) << text;
}

TEST(Csv, ReadsBothKindsOfLineEnds) {
  for (const char* text : {"a,b\n1,2\n3,\n", "a,b\r\n1,2\r\n3,\r\n", "a,b\n1,2\n3,"}) {
    const Result<Csv> csv = Csv::parse(text, "x.csv");
    ASSERT_TRUE(csv.ok());
    ASSERT_EQ(csv->rows(), 2U);
    EXPECT_EQ(csv->cell(0, 1), "2");
    EXPECT_EQ(csv->cell(1, 1), "");
  }
}

TEST(Csv, SaysFileAndLineOfARowOfTheWrongLength) {
  EXPECT_EQ(Csv::parse("a,b\n1,2\n3\n", "x.csv").error().message(), "x.csv:3: 1 cells where the header has 2");
}

TEST(Csv, ReadsDecimalsExactly) {
  const Result<Csv> csv = Csv::parse("a\n0.036\n-1.5\n7\n1e3\n\n.5\n1.\n", "x.csv");
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ(*csv->decimal(0, 0, 6), 36'000);
  EXPECT_EQ(*csv->decimal(1, 0, 3), -1500);
  EXPECT_EQ(*csv->decimal(2, 0, 3), 7000);
  EXPECT_EQ(csv->decimal(3, 0, 3).error().message(), "x.csv:5: a: '1e3' is not a decimal number");
  EXPECT_FALSE(csv->decimal(4, 0, 3).ok());
  EXPECT_FALSE(csv->decimal(5, 0, 3).ok());
}

TEST(Feeder, PutsEachLoadOnItsPhaseWithItsPowerFactor) {
  const std::string loads = std::string(kLoadHeader) + "LOAD1,1,A,1,1,0.8\nLOAD2,2,C,1,2,1\n";
  const Result<BaseLoad> base = parse_feeder(loads, profiles("LOAD1,LOAD2", "0.4,1.5"), "f");
  ASSERT_TRUE(base.ok()) << base.error().message();
  const PerPhase<PhasePower>& noon = base->at(at("2019-04-03T12:00"));
  EXPECT_EQ(noon[Phase::L1].active, Milliwatts(400'000));
  EXPECT_EQ(noon[Phase::L1].reactive, Millivars(300'000));
  EXPECT_EQ(apparent(noon[Phase::L1]), Millivoltamps(500'000));
  EXPECT_EQ(noon[Phase::L2], PhasePower());
  EXPECT_EQ(noon[Phase::L3].active, Milliwatts(3'000'000));
  EXPECT_EQ(base->loads, 2U);
}

TEST(Feeder, SpreadsAThreePhaseLoadEvenly) {
  const Result<BaseLoad> base = parse_feeder(std::string(kLoadHeader) + "BIG,1,A,3,1,1\n", profiles("BIG", "9"), "f");
  ASSERT_TRUE(base.ok()) << base.error().message();
  for (Phase p : kPhases) EXPECT_EQ(base->minutes[0][p].active, Milliwatts(3'000'000));
}

TEST(Feeder, SaysFileAndLineOfWhatIsWrong) {
  const auto message = [](const std::string& loads, const std::string& profile) {
    return parse_feeder(loads, profile, "f").error().message();
  };
  const std::string good = profiles("LOAD1", "0.4");
  const std::string header = kLoadHeader;
  EXPECT_EQ(message(header + "LOAD1,1,D,1,1,0.95\n", good), "f/loads.csv:2: phase: 'D' is not A, B or C");
  EXPECT_EQ(message(header + "LOAD1,1,A,2,1,0.95\n", good), "f/loads.csv:2: nphases: '2' is not 1 or 3");
  EXPECT_EQ(message(header + "LOAD1,1,A,1,1,1.2\n", good), "f/loads.csv:2: pf: '1.2' is not inside 1e-3..1");
  EXPECT_EQ(message(header + "LOAD2,1,A,1,1,1\n", good),
            "f/loads.csv:2: load 'LOAD2' has no column in load_profiles.csv");
  EXPECT_EQ(message("load,bus\n", good), "f/loads.csv:1: no column 'phase'; there are load, bus");
  EXPECT_EQ(message(header, "minute,LOAD1\n1,0\n"),
            "f/load_profiles.csv: 1 rows; expected 1440, one for each minute of a day");
  EXPECT_EQ(message(header + "LOAD1,1,A,1,1,1\n", profiles("LOAD1", "much")),
            "f/load_profiles.csv:2: LOAD1: 'much' is not a decimal number");
}

constexpr const char* kSessionHeader = "session_id,location,user_id,arrival,departure,energy_kwh,max_rate_kw\n";

TEST(Sessions, TakeTheBusiestSiteOfTheWeekAndItsUsersInOrderOfArrival) {
  const std::string csv = std::string(kSessionHeader) +
                          "1,B,b1,2019-04-03T18:00:00,2019-04-03T20:00:00,5.5,3.5\r\n"
                          "2,A,a1,2019-04-03T17:00:00,2019-04-03T20:00:00,1,\r\n"
                          "3,B,b2,2019-04-03T16:00:00,2019-04-04T08:00:00,7,7\r\n"
                          "4,B,b1,2019-04-04T18:00:00,2019-04-04T20:00:00,6,3.5\r\n"
                          "5,A,a1,2019-04-20T17:00:00,2019-04-20T20:00:00,1,\r\n"
                          "6,A,a1,2019-04-21T17:00:00,2019-04-21T20:00:00,1,\r\n"
                          "7,A,a1,2019-04-03T15:59:59,2019-04-03T20:00:00,1,\r\n";
  const Result<Motorists> drivers = parse_sessions(csv, "s.csv", {at("2019-04-03T16:00")});
  ASSERT_TRUE(drivers.ok()) << drivers.error().message();
  ASSERT_EQ(drivers->drivers.size(), 2U);
  EXPECT_EQ(drivers->drivers[0].user, "b2");
  EXPECT_EQ(drivers->drivers[1].user, "b1");
  ASSERT_EQ(drivers->drivers[1].sessions.size(), 2U);
  EXPECT_EQ(drivers->drivers[1].sessions[0].energy, WattHours(5500));
  EXPECT_EQ(drivers->drivers[1].sessions[0].rate, Watts(3500));
  EXPECT_EQ(drivers->source, "s.csv, site B");
}

TEST(Sessions, OfEqualSitesAndUsersTheFirstByNameIsTaken) {
  const std::string csv = std::string(kSessionHeader) + "1,Z,z1,2019-04-03T17:00:00,2019-04-03T18:00:00,1,\n" +
                          "2,C,y,2019-04-03T17:00:00,2019-04-03T18:00:00,1,\n" +
                          "3,C,x,2019-04-03T17:00:00,2019-04-03T18:00:00,1,\n" +
                          "4,Z,z1,2019-04-03T19:00:00,2019-04-03T20:00:00,1,\n";
  const Result<Motorists> drivers = parse_sessions(csv, "s.csv", {at("2019-04-03T16:00")});
  ASSERT_TRUE(drivers.ok());
  EXPECT_EQ(drivers->source, "s.csv, site C");
  EXPECT_EQ(drivers->drivers[0].user, "x");
}

TEST(Sessions, ThatOverlapEndWhereTheNextBegins) {
  const std::string csv = std::string(kSessionHeader) + "1,A,a,2019-04-03T17:00:00,2019-04-03T23:00:00,1,\n" +
                          "2,A,a,2019-04-03T19:00:00,2019-04-03T20:00:00,1,\n";
  const Result<Motorists> drivers = parse_sessions(csv, "s.csv", {at("2019-04-03T16:00")});
  ASSERT_TRUE(drivers.ok());
  EXPECT_EQ(drivers->drivers[0].sessions[0].departure, at("2019-04-03T19:00"));
}

TEST(Sessions, SayFileAndLineOfWhatIsWrong) {
  const auto message = [](const std::string& rows) {
    return parse_sessions(kSessionHeader + rows, "s.csv", {at("2019-04-03T16:00")}).error().message();
  };
  EXPECT_EQ(message("1,A,a,2019-04-03,2019-04-03T18:00:00,1,\n"),
            "s.csv:2: arrival: '2019-04-03' is not a local time like 2019-04-03T16:00:00");
  EXPECT_EQ(message("1,A,a,2019-04-03T17:00:00,2019-04-03T16:00:00,1,\n"),
            "s.csv:2: departure: '2019-04-03T16:00:00' is not within eight weeks after the arrival");
  EXPECT_EQ(message("1,A,a,2019-04-03T17:00:00,2019-04-03T18:00:00,-1,\n"),
            "s.csv:2: energy_kwh: '-1' is not inside 0..1000");
  EXPECT_EQ(message("1,A,a,2019-01-03T17:00:00,2019-01-03T18:00:00,1,\n"),
            "s.csv: no session arrives in the 7 days from 2019-04-03T16:00:00");
}

TEST(CarOfASession, FollowsFromItsRate) {
  const auto car = [](std::optional<Watts> rate) { return car_of({{}, {}, 1000_Wh, rate}, 3, 32_A); };
  EXPECT_EQ(car(std::nullopt).conductors, 1);
  EXPECT_EQ(car(std::nullopt).max, 16_A);
  EXPECT_EQ(car(3700_W).max, 16_A);
  EXPECT_EQ(car(3701_W).max, 32_A);
  EXPECT_EQ(car(7400_W).conductors, 1);
  EXPECT_EQ(car(7401_W).conductors, 3);
  EXPECT_EQ(car(7401_W).max, 16_A);
  EXPECT_EQ(car(22'000_W).max, 32_A);
}

TEST(CarOfASession, IsCappedByItsCharger) {
  EXPECT_EQ(car_of({{}, {}, 1000_Wh, 22'000_W}, 1, 32_A).conductors, 1);
  EXPECT_EQ(car_of({{}, {}, 1000_Wh, 22'000_W}, 3, 16_A).max, 16_A);
}

TEST(Synthetic, SaysThatItIsAndIsTheSameEveryTime) {
  const BaseLoad first = synthetic_base_load();
  EXPECT_TRUE(first.synthetic);
  EXPECT_NE(first.source.find("synthetic"), std::string::npos);
  EXPECT_EQ(first.minutes, synthetic_base_load().minutes);
  const Motorists drivers = synthetic_drivers({at("2019-04-03T16:00")});
  EXPECT_TRUE(drivers.synthetic);
  EXPECT_EQ(drivers.drivers.size(), 5U);
  for (const Motorist& driver : drivers.drivers)
    for (const Session& session : driver.sessions) EXPECT_LT(session.arrival, session.departure);
}

TEST(SharedData, FeederAndSessionsAreReadAsTheyAre) {
  const char* named = std::getenv("BALANS_DATA_DIR");
  const std::filesystem::path data = named ? named : "../shared/data";
  if (!std::filesystem::is_directory(data / "eu_lv_feeder")) GTEST_SKIP() << "the shared data is not on this machine";
  const Result<BaseLoad> base = load_feeder((data / "eu_lv_feeder").string());
  ASSERT_TRUE(base.ok()) << base.error().message();
  EXPECT_EQ(base->loads, 55U);
  Millivoltamps peak;
  for (const auto& minute : base->minutes) {
    Milliwatts active;
    for (Phase p : kPhases) active += minute[p].active;
    peak = std::max(peak, Millivoltamps(active.count()));
  }
  EXPECT_NEAR(static_cast<double>(peak.count()) / 1e6, 57.36, 0.01) << "kW, by the description of the data";
  const Result<Motorists> drivers =
      load_sessions((data / "ev_sessions" / "norway_residential.csv").string(), {at("2019-04-03T16:00")});
  ASSERT_TRUE(drivers.ok()) << drivers.error().message();
  EXPECT_EQ(drivers->drivers[0].user, "ASK_Plass31");
  EXPECT_EQ(drivers->drivers[0].sessions[0].energy, WattHours(18'380));
}

TEST(JsonText, IsWrittenAsOneWouldWriteIt) {
  const boost::json::value value{{"kva", 57.36}, {"list", {1, 2}}, {"none", boost::json::array()}};
  EXPECT_EQ(pretty(value), "{\n  \"kva\": 57.36,\n  \"list\": [1, 2],\n  \"none\": []\n}\n");
}

}  // namespace
}  // namespace balans::sim
