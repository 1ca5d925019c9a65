// tests/scenarios/allocation.json, case by case.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "common/defaults.hpp"
#include "common/messages/json.hpp"
#include "trafo/core/allocate.hpp"

namespace balans {
namespace {

constexpr BootTime kNow = BootTime(100'000'000);
constexpr std::int64_t kMost = 10'000'000;

struct Scenario {
  std::string name, why;
  std::vector<GridNode> nodes;
  std::vector<std::string> devices;
  std::vector<Candidate> candidates;
  std::vector<Milliamps> expected;
};

/// Reads the file; what is wrong with it is in `error`.
class ScenarioReader {
 public:
  std::vector<Scenario> read(const std::string& text) {
    std::vector<Scenario> scenarios;
    const Result<boost::json::value> parsed = json::parse_strict(text, 1'000'000);
    if (!parsed) return error = parsed.error(), scenarios;
    json::ObjectReader file(*parsed, "allocation.json", error);
    for (const boost::json::value& value : file.array("scenarios", 1000)) scenarios.push_back(scenario(value));
    file.finish();
    return scenarios;
  }

  std::optional<Error> error;

 private:
  Scenario scenario(const boost::json::value& value) {
    Scenario result;
    json::ObjectReader reader(value, "scenario", error);
    result.name = reader.string("name", 80);
    result.why = reader.string("why", 400);
    for (const boost::json::value& node : reader.array("nodes", 100)) result.nodes.push_back(read_node(node, result));
    for (const boost::json::value& device : reader.array("devices", 1000)) read_device(device, result);
    reader.finish();
    return result;
  }

  int node_called(const std::string& name, const Scenario& scenario, json::ObjectReader& reader, const char* key) {
    const auto found = std::find_if(scenario.nodes.begin(), scenario.nodes.end(),
                                    [&](const GridNode& node) { return node.name == name; });
    if (found == scenario.nodes.end()) reader.fail(key, "no node before this is called '" + name + "'");
    return static_cast<int>(found - scenario.nodes.begin());
  }

  GridNode read_node(const boost::json::value& value, const Scenario& scenario) {
    json::ObjectReader reader(value, scenario.name + ".node", error);
    GridNode node{reader.string("name", 40), kNoParent, {}};
    if (reader.has("parent")) node.parent = node_called(reader.string("parent", 40), scenario, reader, "parent");
    const boost::json::array& headroom = reader.array("headroom_ma", 3);
    if (headroom.size() != 3) return reader.fail("headroom_ma", "expected three numbers"), node;
    for (std::size_t i = 0; i < 3; ++i)
      node.headroom.values[i] =
          Milliamps(json::integer_of(headroom[i], reader.path_of("headroom_ma"), -kMost, kMost, error));
    reader.finish();
    return node;
  }

  static Turn turn_called(const std::string& name, json::ObjectReader& reader) {
    if (name == "on") return {true, kNow - 1_min, false, {}};
    if (name == "off") return {false, kNow - 1_min, false, {}};
    if (name == "overstay") return {true, kNow - defaults::kRotationQuantum - 1_min, false, {}};
    reader.fail("turn", "'" + name + "' is neither on, off nor overstay");
    return {};
  }

  void read_device(const boost::json::value& value, Scenario& scenario) {
    json::ObjectReader reader(value, scenario.name + ".device", error);
    const auto amount = [&](const char* key, std::int64_t least, std::int64_t otherwise) {
      return reader.has(key) ? reader.integer(key, least, kMost) : otherwise;
    };
    Candidate c;
    scenario.devices.push_back(reader.string("name", 40));
    for (const boost::json::value& phase : reader.array("phases", 3)) c.phases.insert(phase_called(phase, reader));
    c.min = Milliamps(reader.integer("min_ma", 0, kMost));
    c.cap = Milliamps(reader.integer("cap_ma", 0, kMost));
    if (reader.has("node")) c.node = node_called(reader.string("node", 40), scenario, reader, "node");
    c.step = Milliamps(amount("step_ma", 1, 1));
    c.weight = amount("weight", 1, 1);
    c.reserved = Milliamps(amount("reserved_ma", 0, 0));
    c.floor = Milliamps(amount("floor_ma", 0, 0));
    c.turn = turn_called(reader.has("turn") ? reader.string("turn", 40) : "on", reader);
    scenario.candidates.push_back(c);
    scenario.expected.push_back(Milliamps(reader.integer("grant_ma", 0, kMost)));
    reader.finish();
  }

  static Phase phase_called(const boost::json::value& value, json::ObjectReader& reader) {
    for (Phase p : kPhases)
      if (value.is_string() && value.get_string() == name_of(p)) return p;
    reader.fail("phases", "expected L1, L2 or L3");
    return Phase::L1;
  }
};

std::string file_text() {
  std::ifstream file("tests/scenarios/allocation.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string listed(const Scenario& scenario, const std::vector<Milliamps>& grants) {
  std::string text;
  for (std::size_t i = 0; i < grants.size(); ++i)
    text += scenario.devices[i] + " " + std::to_string(grants[i].count()) + " mA\n";
  return text;
}

TEST(AllocateScenarios, EachDeviceGetsWhatTheFileSays) {
  ScenarioReader reader;
  const std::vector<Scenario> scenarios = reader.read(file_text());
  ASSERT_FALSE(reader.error) << reader.error->message();
  ASSERT_GE(scenarios.size(), 10U);
  for (const Scenario& scenario : scenarios) {
    std::vector<Milliamps> grants;
    for (const Grant& grant : allocate(scenario.nodes, scenario.candidates, kNow)) grants.push_back(grant.current);
    EXPECT_EQ(listed(scenario, grants), listed(scenario, scenario.expected)) << scenario.name << ": " << scenario.why;
  }
}

TEST(AllocateScenarios, AFileWithAnUnknownKeyIsRefused) {
  ScenarioReader reader;
  reader.read(R"({"scenarios": [{"name": "a", "why": "b", "nodes": [], "devices": [], "expects": 1}]})");
  ASSERT_TRUE(reader.error);
  EXPECT_EQ(reader.error->where, "scenario.expects");
}

}  // namespace
}  // namespace balans
