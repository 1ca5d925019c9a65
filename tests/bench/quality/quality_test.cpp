// The comparison of policies is only worth something if the cases are what is said of them and the claims are judged
// rightly.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sim/data/default_folder.hpp"
#include "sim/data/local_time.hpp"
#include "tests/bench/quality/claims.hpp"
#include "tests/bench/quality/runs_csv.hpp"
#include "tests/bench/quality/svg.hpp"

namespace balans::bench {
namespace {

using runs::Policy;

constexpr Millis kDay(86'400'000);

/// A case in which everybody does equally well.
CaseResult even_case() {
  CaseResult result;
  result.what.weeks.site = "HILL";
  for (runs::RunResult& run : result.of) {
    run.requested_kwh = 100;
    run.delivered_kwh = 90;
    run.demands_met = 0.8;
    run.jain = 0.9;
    run.stops_per_session = 1;
  }
  result.of[static_cast<std::size_t>(Policy::Balans)].stops_per_session = 0.5;
  return result;
}

runs::RunResult& by(CaseResult& result, Policy policy) { return result.of[static_cast<std::size_t>(policy)]; }

/// The claims that do not hold, as "text: figure".
std::vector<std::string> failures(const CaseResult& result) {
  std::vector<std::string> failed;
  for (const Claim& claim : judge({result}))
    for (const Failure& failure : claim.failures) failed.push_back(claim.text + ": " + failure.figure);
  return failed;
}

using Lines = std::vector<std::string>;

TEST(Claims, AllHoldWhereNobodyIsBetter) { EXPECT_EQ(failures(even_case()), Lines{}); }

TEST(Claims, EnergyIsJudgedAgainstTheClairvoyantAndNetOfReservations) {
  CaseResult result = even_case();
  by(result, Policy::Oracle).delivered_kwh = 95;
  EXPECT_EQ(failures(result), (Lines{"delivers ≥ 97 % of what a clairvoyant delivers: 94.7 %",
                                     "the same, less what envelopes reserved: 94.7 %"}));
  by(result, Policy::Balans).reserved_kwh = 3;
  EXPECT_EQ(failures(result), (Lines{"delivers ≥ 97 % of what a clairvoyant delivers: 94.7 %"}));
}

TEST(Claims, SomebodyBetterOnBothIsNamed) {
  CaseResult result = even_case();
  by(result, Policy::Edf).demands_met = 0.805;
  by(result, Policy::Llf).jain = 0.95;
  EXPECT_EQ(failures(result), Lines{});  // each is better on one
  by(result, Policy::Edf).jain = 0.91;
  EXPECT_EQ(failures(result),
            (Lines{"no policy is better on both demands met and Jain: 80.0 % and 0.900; edf 80.5 % and 0.910"}));
}

TEST(Claims, UncontrolledAndTheClairvoyantAreNoRivals) {
  CaseResult result = even_case();
  for (Policy policy : {Policy::Uncontrolled, Policy::Oracle})
    by(result, policy).demands_met = 1, by(result, policy).jain = 1, by(result, policy).stops_per_session = 0;
  EXPECT_EQ(failures(result), Lines{});
}

TEST(Claims, DemandsMetMayBeOnePointBelowTheBest) {
  CaseResult result = even_case();
  by(result, Policy::FirstCome).demands_met = 0.81;
  EXPECT_EQ(failures(result), Lines{});
  by(result, Policy::FirstCome).demands_met = 0.82;
  EXPECT_EQ(failures(result), (Lines{"demands met within 1 point of the best policy: 80.0 %, the best 82.0 %"}));
}

TEST(Claims, AsManyStopsAreNotFewerUnlessThereAreNone) {
  CaseResult result = even_case();
  by(result, Policy::Balans).stops_per_session = 1;
  EXPECT_EQ(failures(result), (Lines{"fewer stops than EDF: 1.00, edf 1.00", "fewer stops than LLF: 1.00, llf 1.00"}));
  for (Policy policy : {Policy::Balans, Policy::Edf, Policy::Llf}) by(result, policy).stops_per_session = 0;
  EXPECT_EQ(failures(result), Lines{});
}

TEST(Claims, SitesTogetherCountBySessionsAndEnergy) {
  CaseResult small = even_case(), large = even_case();
  for (runs::RunResult& run : small.of) run.sessions = 1;
  for (runs::RunResult& run : large.of) run.sessions = 3, run.delivered_kwh = 270, run.demands_met = 0.4;
  CaseResult longer = even_case();
  longer.what.weeks.weeks = 2;
  const std::vector<CaseResult> pools = pooled({small, large, longer});
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].what.name(), "all sites, 1 week, full");
  EXPECT_DOUBLE_EQ(pools[0].by(Policy::Edf).demands_met, 0.5);
  EXPECT_DOUBLE_EQ(pools[0].by(Policy::Edf).delivered_kwh, 360);
}

TEST(Cases, AreWholeWeeksWithinTheirHalfOfTheDays) {
  const std::filesystem::path file = sim::default_data_dir() / "ev_sessions" / "norway_residential.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "the charging sessions are not here: " << file;
  const auto early = busiest_weeks(file, Half::Early).value(), late = busiest_weeks(file, Half::Late).value();
  EXPECT_EQ(early.size(), 35U);  // twelve sites, three lengths; four weeks of OSL_2 do not fit
  EXPECT_EQ(late.size(), 35U);
  for (const Weeks& before : early) {
    EXPECT_EQ(sim::second_of_day(before.start), 0);
    EXPECT_GT(before.sessions, 0) << before.site;
    for (const Weeks& after : late) {
      if (after.site != before.site) continue;
      EXPECT_LE(before.start + kDay * (7 * before.weeks), after.start) << before.site;
    }
  }
}

TEST(Plots, ScaleToRoundNumbersThatHoldAllValues) {
  const Axis axis = axis_for("energy", {83.2, 99.5}, " %");
  EXPECT_EQ(axis.from, 80);
  EXPECT_EQ(axis.to, 100);
  ASSERT_EQ(axis.ticks.size(), 5U);
  EXPECT_EQ(axis.ticks[1].second, "85 %");
  const Axis flat = axis_for("energy", {0.5, 0.5}, "");
  EXPECT_LT(flat.from, flat.to);
}

/// A file with these rows.
std::string runs_file(const std::string& name, const std::string& rows) {
  const std::string file = (std::filesystem::path(testing::TempDir()) / name).string();
  std::ofstream(file) << csv_header() << rows;
  return file;
}

TEST(RunsFile, GivesBackExactlyWhatWasWrittenFromAnyNumberOfFiles) {
  CaseResult result = even_case();
  const sim::LocalTime start = sim::parse_local_time("2019-04-03T00:00").value();
  result.what = Case{Weeks{"HILL", 2, Half::Late, start, 0, 0}, Shortage::Tight, 75_kVA};
  std::array<std::string, 2> rows;
  for (Policy policy : runs::kPolicies) {
    by(result, policy).delivered_kwh = 100.0 / 3;
    by(result, policy).options.tick = 2_s;
    by(result, policy).messages = 1'234'567;
    rows[static_cast<std::size_t>(policy) % 2] += csv_row(result, policy);
  }
  const std::array files{runs_file("runs_a.csv", rows[0]), runs_file("runs_b.csv", rows[1])};
  const Result<std::vector<CaseResult>> read = read_runs(files);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(read->front().what.name(), "HILL, 2 weeks, tight");
  EXPECT_EQ(read->front().what.transformer, 75_kVA);
  for (Policy policy : runs::kPolicies) {
    EXPECT_EQ(read->front().by(policy).options.days, 14);
    EXPECT_EQ(csv_row(read->front(), policy), csv_row(result, policy));
  }
}

TEST(RunsFile, ACaseWithoutOneOfThePoliciesIsNamed) {
  const CaseResult result = even_case();
  const std::array files{runs_file("runs_c.csv", csv_row(result, Policy::Balans))};
  const Result<std::vector<CaseResult>> read = read_runs(files);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(), "HILL, 1 week, full: has no run of uncontrolled");
}

TEST(RunsFile, AFigureThatIsNoneIsNamedByFileAndLine) {
  std::string row = csv_row(even_case(), Policy::Balans);
  row.replace(row.find(",100,"), 5, ",lots,");
  const std::array files{runs_file("runs_d.csv", row)};
  const Result<std::vector<CaseResult>> read = read_runs(files);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("runs_d.csv:2: requested_kwh"), std::string::npos) << read.error().message();
}

}  // namespace
}  // namespace balans::bench
