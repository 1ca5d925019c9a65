// The model against every table that there is: shared data, see docs/rating.md.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "trafo/core/ageing.hpp"
#include "trafo/core/thermal.hpp"

namespace balans {
namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  std::istringstream stream(line);
  while (std::getline(stream, cell, ',')) {
    if (cell.ends_with('\r')) cell.pop_back();
    cells.push_back(cell);
  }
  return cells;
}

double number(const Row& row, const std::string& column) { return std::stod(row.at(column)); }

class ThermalTables : public testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("BALANS_DATA_DIR");
    folder = std::filesystem::path(named ? named : "../shared/data") / "iec60076_7";
    if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "the shared data is not on this machine";
  }

  std::vector<Row> table(const std::string& name) const {
    std::ifstream file(folder / name);
    std::string line;
    std::getline(file, line);
    const std::vector<std::string> header = cells_of(line);
    std::vector<Row> rows;
    while (std::getline(file, line)) {
      const std::vector<std::string> cells = cells_of(line);
      Row row;
      for (std::size_t i = 0; i < cells.size() && i < header.size(); ++i) row[header[i]] = cells[i];
      rows.push_back(row);
    }
    EXPECT_FALSE(rows.empty()) << name;
    return rows;
  }

  /// A row of parameters.csv; R where the row leaves it to the unit.
  ThermalParameters parameters(const std::string& id, double loss_ratio) const {
    for (const Row& row : table("parameters.csv")) {
      if (row.at("set_id") != id) continue;
      ThermalParameters found;
      found.oil_rise_k = number(row, "delta_theta_or_k");
      found.hot_spot_gradient_k = number(row, "h_gr_k");
      found.tau_o_min = number(row, "tau_o_min");
      found.tau_w_min = number(row, "tau_w_min");
      found.loss_ratio = std::isdigit(static_cast<unsigned char>(row.at("r_loss_ratio")[0])) != 0
                             ? number(row, "r_loss_ratio")
                             : loss_ratio;
      found.x = number(row, "x");
      found.y = number(row, "y");
      found.k11 = number(row, "k11");
      found.k21 = number(row, "k21");
      found.k22 = number(row, "k22");
      return found;
    }
    ADD_FAILURE() << "no set " << id;
    return {};
  }

  std::filesystem::path folder;
};

ThermalDrive balanced(double k, double ambient_c) { return {PerPhase<double>::all(k), ambient_c}; }

/// The parameter set of one case of the step responses, in the set-up of model_and_checks.json.
ThermalParameters of_case(ThermalParameters parameters, double gr, bool distribution) {
  parameters.hot_spot_gradient_k = 1.1 * gr;
  parameters.surcharge_k = 20;
  parameters.surcharge_to = distribution ? SurchargeTo::OilRise : SurchargeTo::Ambient;
  return parameters;
}

TEST_F(ThermalTables, StepResponsesAreExact) {
  const std::map<std::string, ThermalParameters> cases = {
      {"distribution", of_case(parameters("alliander_distribution_onan", 5), 23, true)},
      {"power_onan", of_case(parameters("alliander_power_onan", 5), 17, false)},
      {"power_onaf", of_case(parameters("alliander_power_onaf", 5), 17, false)}};
  std::map<std::string, ThermalState> states;
  std::map<std::string, double> minutes;
  std::size_t checked = 0;
  for (const Row& row : table("test_step_response.csv")) {
    const std::string& name = row.at("case");
    const ThermalParameters& of = cases.at(name);
    const double ambient = number(row, "ambient_c");
    ThermalState& state = states[name];
    if (row.at("step") == "0")
      state.top_oil_c = ambient + (of.surcharge_to == SurchargeTo::Ambient ? of.surcharge_k : 0);
    else
      state = step(of, state, balanced(number(row, "load_a") / 1500, ambient), number(row, "time_min") - minutes[name]);
    minutes[name] = number(row, "time_min");
    EXPECT_NEAR(state.top_oil_c, number(row, "expected_top_oil_c"), 1e-6) << name << " step " << row.at("step");
    for (Phase p : kPhases)
      EXPECT_NEAR(state.hot_spot_c(p), number(row, "expected_hot_spot_c"), 1e-6) << name << " step " << row.at("step");
    ++checked;
  }
  EXPECT_EQ(checked, 48U);
}

TEST_F(ThermalTables, LoadStepsOfTheStandardAreWithinAKelvinAndAHalf) {
  const ThermalParameters of = parameters("iec_example_250mva", 0);
  ThermalState state;
  state.top_oil_c = 38.3;
  for (const Row& row : table("example_load_steps.csv")) {
    const ThermalDrive drive = balanced(number(row, "load_factor_k"), number(row, "ambient_c"));
    for (double t = number(row, "start_min"); t < number(row, "end_min"); t += 5) state = step(of, state, drive, 5);
    EXPECT_NEAR(state.top_oil_c, number(row, "expected_top_oil_c_at_end"), 1.5) << "at minute " << row.at("end_min");
    EXPECT_NEAR(state.hot_spot_c(Phase::L2), number(row, "expected_hot_spot_c_at_end"), 1.5)
        << "at minute " << row.at("end_min");
  }
}

/// The difference equations of the standard: the same differential equations, one explicit Euler step.
ThermalState euler_step(const ThermalParameters& of, const ThermalState& state, const ThermalDrive& drive,
                        double minutes) {
  const TimeConstants tau = time_constants(of);
  const ThermalState goal = steady_state(of, drive);
  ThermalState after = state;
  after.top_oil_c += minutes / tau.oil_min * (goal.top_oil_c - state.top_oil_c);
  for (Phase p : kPhases) {
    after.fast_gradient_k[p] += minutes / tau.fast_min * (goal.fast_gradient_k[p] - state.fast_gradient_k[p]);
    after.slow_gradient_k[p] += minutes / tau.slow_min * (goal.slow_gradient_k[p] - state.slow_gradient_k[p]);
  }
  return after;
}

TEST_F(ThermalTables, DifferenceEquationsGiveEveryPointAndItsAgeing) {
  ThermalParameters of = parameters("iec_example_difference", 0);
  of.paper = Paper::Upgraded;
  ThermalState state;
  double lost_min = 0;
  const std::vector<Row> rows = table("example_difference_equations.csv");
  ASSERT_EQ(rows.size(), 41U);
  for (const Row& row : rows) {
    const ThermalDrive drive = balanced(number(row, "load_factor_k"), number(row, "ambient_c"));
    const bool first = row.at("time_min") == "0";
    state = first ? steady_state(of, drive) : euler_step(of, state, drive, 3);
    const double rate = ageing_rate(of.paper, state.hottest_c());
    if (!first) lost_min += 3 * rate;
    EXPECT_NEAR(state.top_oil_c, number(row, "computed_top_oil_c"), 1e-4) << "at minute " << row.at("time_min");
    EXPECT_NEAR(state.hottest_c(), number(row, "computed_hot_spot_c"), 1e-4) << "at minute " << row.at("time_min");
    EXPECT_NEAR(rate, number(row, "computed_ageing_rate_v"), 1e-5) << "at minute " << row.at("time_min");
    EXPECT_NEAR(lost_min, number(row, "computed_loss_of_life_min_cum"), 1e-4) << "at minute " << row.at("time_min");
  }
}

TEST_F(ThermalTables, DifferenceEquationsWithSmallStepsComeNearTheExactOnes) {
  constexpr int kParts = 1000;
  const ThermalParameters of = parameters("iec_example_difference", 0);
  ThermalState exact;
  ThermalState euler;
  for (const Row& row : table("example_difference_equations.csv")) {
    const ThermalDrive drive = balanced(number(row, "load_factor_k"), number(row, "ambient_c"));
    const bool first = row.at("time_min") == "0";
    exact = first ? steady_state(of, drive) : step(of, exact, drive, 3);
    if (first) euler = exact;
    for (int i = 0; i < kParts && !first; ++i) euler = euler_step(of, euler, drive, 3.0 / kParts);
    EXPECT_NEAR(exact.top_oil_c, euler.top_oil_c, 0.01) << "at minute " << row.at("time_min");
    EXPECT_NEAR(exact.hottest_c(), euler.hottest_c(), 0.01) << "at minute " << row.at("time_min");
  }
}

TEST_F(ThermalTables, NamedSetsAreThoseOfTheTable) {
  const auto same = [](const ThermalParameters& ours, const ThermalParameters& theirs) {
    for (const ThermalField& field : kThermalFields)
      EXPECT_DOUBLE_EQ(ours.*field.member, theirs.*field.member) << field.name;
  };
  same(parameters_of(ThermalSet::DistributionOnan), parameters("iec_distribution_onan", 0));
  same(parameters_of(ThermalSet::PowerOnan), parameters("alliander_power_onan", 6));
  same(parameters_of(ThermalSet::PowerOnaf), parameters("iec_power_onaf", 0));
}

}  // namespace
}  // namespace balans
