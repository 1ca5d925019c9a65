// tests/scenarios/allocation.json, case by case.
#include "tests/trafo/core/allocate_scenarios.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/messages/messages.hpp"

namespace balans {
namespace {

std::string file_text() {
  std::ifstream file("tests/scenarios/allocation.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// In words, with as much of it as is expected.
std::string text_of(const Scenario& scenario, std::size_t i, const Grant& grant) {
  const Expected& expected = scenario.expected[i];
  std::string text = scenario.devices[i] + " " + std::to_string(grant.current.count()) + " mA";
  if (expected.phases)
    for (Phase p : kPhases) text += grant.phases.contains(p) ? std::string(" ") + name_of(p) : "";
  if (expected.reason) text += ", " + std::string(name_of(grant.reason));
  if (expected.binding && !grant.binding) text += ", bound by nothing";
  if (expected.binding && grant.binding)
    text += ", bound by " + scenario.node_names[static_cast<std::size_t>(grant.binding->node)] + " " +
            name_of(grant.binding->row);
  return text + "\n";
}

Grant as_grant(const Expected& expected) {
  return {expected.current, expected.phases.value_or(PhaseSet()), expected.reason.value_or(Reason::NotAsking),
          expected.binding};
}

TEST(AllocateScenarios, EachDeviceGetsWhatTheFileSays) {
  const auto scenarios = read_scenarios(file_text());
  ASSERT_TRUE(scenarios) << scenarios.error().message();
  ASSERT_GE(scenarios->size(), 50U);
  for (const Scenario& scenario : *scenarios) {
    const std::vector<Grant> grants = allocate(scenario.nodes, scenario.candidates, scenario.now);
    std::string given, expected;
    for (std::size_t i = 0; i < grants.size(); ++i) {
      given += text_of(scenario, i, grants[i]);
      expected += text_of(scenario, i, as_grant(scenario.expected[i]));
    }
    EXPECT_EQ(given, expected) << scenario.name << ": " << scenario.why;
  }
}

TEST(AllocateScenarios, NoTwoHaveTheSameName) {
  const auto scenarios = read_scenarios(file_text());
  ASSERT_TRUE(scenarios) << scenarios.error().message();
  for (std::size_t i = 0; i < scenarios->size(); ++i)
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE((*scenarios)[i].name, (*scenarios)[k].name);
}

TEST(AllocateScenarios, AFileWithAnUnknownKeyIsRefused) {
  const auto scenarios =
      read_scenarios(R"({"scenarios": [{"name": "a", "why": "b", "nodes": [], "devices": [], "expects": 1}]})");
  ASSERT_FALSE(scenarios);
  EXPECT_EQ(scenarios.error().where, "scenario.expects");
}

}  // namespace
}  // namespace balans
