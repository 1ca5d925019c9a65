#include "tests/trafo/core/allocate_scenarios.hpp"

#include <algorithm>

#include "common/messages/json.hpp"
#include "common/messages/messages.hpp"

namespace balans {
namespace {

constexpr std::int64_t kMost = 10'000'000;
constexpr std::int64_t kMostSeconds = 1'000'000;

/// One member of the file's tree, with what all of them share.
class Reader : public json::ObjectReader {
 public:
  Reader(const boost::json::value& value, const std::string& path, std::optional<Error>& error)
      : json::ObjectReader(value, path, error), error_(error) {}

  Milliamps amps(const char* key, std::int64_t least = 0) { return Milliamps(integer(key, least, kMost)); }
  void optional_amps(const char* key, Milliamps& value, std::int64_t least = 0) {
    if (has(key)) value = amps(key, least);
  }
  void optional_seconds(const char* key, Millis& value) {
    if (has(key)) value = Millis(integer(key, 0, kMostSeconds) * 1000);
  }
  void optional_per_phase(const char* key, PerPhase<Milliamps>& value) {
    if (!has(key)) return;
    const boost::json::array& numbers = array(key, 3);
    if (numbers.size() != 3) return fail(key, "expected three numbers");
    for (std::size_t i = 0; i < 3; ++i)
      value.values[i] = Milliamps(json::integer_of(numbers[i], path_of(key), -kMost, kMost, error_));
  }
  std::vector<Milliamps> list(const char* key) {
    std::vector<Milliamps> result;
    for (const boost::json::value& number : array(key, 20))
      result.push_back(Milliamps(json::integer_of(number, path_of(key), 0, kMost, error_)));
    if (result.empty() || !std::ranges::is_sorted(result)) fail(key, "expected ascending currents");
    return result;
  }
  PhaseSet phases(const char* key) {
    PhaseSet result;
    for (const boost::json::value& name : array(key, 3)) {
      const auto found =
          std::ranges::find_if(kPhases, [&](Phase p) { return name.is_string() && name.get_string() == name_of(p); });
      if (found == kPhases.end()) return fail(key, "expected L1, L2 or L3"), result;
      result.insert(*found);
    }
    return result;
  }

 private:
  std::optional<Error>& error_;
};

class FileReader {
 public:
  std::deque<Scenario> read(const boost::json::value& file) {
    std::deque<Scenario> scenarios;
    Reader reader(file, "allocation.json", error);
    for (const boost::json::value& value : reader.array("scenarios", 1000))
      read_scenario(value, scenarios.emplace_back());
    reader.finish();
    return scenarios;
  }

  std::optional<Error> error;

 private:
  void read_scenario(const boost::json::value& value, Scenario& scenario) {
    Reader reader(value, "scenario", error);
    scenario.name = reader.string("name", 80);
    scenario.why = reader.string("why", 400);
    for (const boost::json::value& node : reader.array("nodes", 100)) read_node(node, scenario);
    for (const boost::json::value& device : reader.array("devices", 1000)) read_device(device, scenario);
    reader.finish();
  }

  static int node_called(const std::string& name, const Scenario& scenario, Reader& reader, const char* key) {
    const auto found = std::ranges::find(scenario.node_names, name);
    if (found == scenario.node_names.end()) reader.fail(key, "no node before this is called '" + name + "'");
    return static_cast<int>(found - scenario.node_names.begin());
  }

  void read_node(const boost::json::value& value, Scenario& scenario) {
    Reader reader(value, scenario.name + ".node", error);
    const std::string name = reader.string("name", 40);
    GridNode node;
    if (reader.has("parent")) node.parent = node_called(reader.string("parent", 40), scenario, reader, "parent");
    node.headroom = PerPhase<Milliamps>::all(kUnlimited);
    reader.optional_per_phase("headroom_ma", node.headroom);
    reader.optional_per_phase("for_floors_ma", node.for_floors);
    reader.optional_amps("sum_ma", node.sum, -kMost);
    reader.optional_amps("sum_for_floors_ma", node.sum_for_floors);
    reader.finish();
    scenario.node_names.push_back(name);
    scenario.nodes.push_back(node);
  }

  void read_device(const boost::json::value& value, Scenario& scenario) {
    Reader reader(value, scenario.name + ".device", error);
    scenario.devices.push_back(reader.string("name", 40));
    Candidate c;
    c.phases = reader.phases("phases");
    if (reader.has("fewer")) c.fewer = reader.phases("fewer");
    if (reader.has("node")) c.node = node_called(reader.string("node", 40), scenario, reader, "node");
    read_currents(reader, c, scenario);
    read_claims(reader, c);
    c.turn = turn_of(reader, scenario);
    scenario.expected.push_back(expected_of(reader, scenario));
    scenario.candidates.push_back(c);
    reader.finish();
  }

  static void read_currents(Reader& reader, Candidate& c, Scenario& scenario) {
    c.min = reader.amps("min_ma");
    c.cap = reader.amps("cap_ma");
    reader.optional_amps("step_ma", c.step, 1);
    reader.optional_amps("reserved_ma", c.reserved);
    reader.optional_amps("floor_ma", c.floor);
    reader.optional_amps("comfort_ma", c.comfort);
    reader.optional_amps("need_ma", c.need);
    if (reader.has("levels_ma")) c.levels = scenario.levels.emplace_back(reader.list("levels_ma"));
  }

  static void read_claims(Reader& reader, Candidate& c) {
    if (reader.has("weight")) c.weight = reader.integer("weight", 1, 1 << 20);
    if (reader.has("priority")) c.priority = static_cast<int>(reader.integer("priority", 0, 255));
    if (reader.has("received_wh")) c.received = WattHours(reader.integer("received_wh", 0, kMost));
    if (reader.has("volunteers_for")) c.volunteers_for = reader.integer("volunteers_for", 0, kMost);
    reader.optional_seconds("time_left_s", c.time_left);
    reader.optional_seconds("min_on_s", c.min_on);
  }

  /// A word for the usual ones, or all of it.
  Turn turn_of(Reader& reader, const Scenario& scenario) {
    Turn turn;
    turn.on = true;
    turn.since = turn.switched = scenario.now - 10_min;
    if (!reader.has("turn")) return turn;
    const boost::json::value& value = reader.member("turn");
    if (value.is_object()) return whole_turn(value, turn, scenario);
    const std::string word = reader.string("turn", 40);
    if (word == "off") turn.on = false;
    if (word == "overstay") turn.since = scenario.now - defaults::kRotationQuantum - 1_min;
    if (word != "on" && word != "off" && word != "overstay")
      reader.fail("turn", "'" + word + "' is neither on, off nor overstay");
    return turn;
  }

  Turn whole_turn(const boost::json::value& value, Turn turn, const Scenario& scenario) {
    Reader reader(value, scenario.name + ".turn", error);
    turn.on = reader.boolean("on");
    Millis since = 10_min, switched = 10_min, rest;
    reader.optional_seconds("for_s", since);
    reader.optional_seconds("switched_s", switched);
    reader.optional_seconds("rests_s", rest);
    if (reader.has("idle")) turn.idle = reader.boolean("idle");
    if (reader.has("on_fewer")) turn.on_fewer = reader.boolean("on_fewer");
    turn.since = scenario.now - since;
    turn.switched = scenario.now - switched;
    turn.rest_until = scenario.now + rest;
    reader.finish();
    return turn;
  }

  static Expected expected_of(Reader& reader, const Scenario& scenario) {
    Expected expected;
    expected.current = reader.amps("grant_ma");
    if (reader.has("on_phases")) expected.phases = reader.phases("on_phases");
    if (reader.has("reason")) {
      const Result<Reason> reason = parse_name<Reason>(reader.string("reason", 40));
      if (reason) expected.reason = *reason;
      if (!reason) reader.fail("reason", reason.error().what);
    }
    if (reader.has("binding")) expected.binding = binding_of(reader.string("binding", 80), scenario, reader);
    return expected;
  }

  /// `main L2`, `panel kVA`
  static Binding binding_of(const std::string& text, const Scenario& scenario, Reader& reader) {
    const std::size_t space = text.rfind(' ');
    Binding binding;
    if (space == std::string::npos) return reader.fail("binding", "expected a node and a row"), binding;
    binding.node = node_called(text.substr(0, space), scenario, reader, "binding");
    const auto found = std::ranges::find_if(kRows, [&](Row row) { return text.substr(space + 1) == name_of(row); });
    if (found == kRows.end()) return reader.fail("binding", "expected L1, L2, L3 or kVA"), binding;
    binding.row = *found;
    return binding;
  }
};

}  // namespace

Result<std::deque<Scenario>> read_scenarios(const std::string& text) {
  const Result<boost::json::value> parsed = json::parse_strict(text, 1'000'000);
  if (!parsed) return parsed.error();
  FileReader reader;
  std::deque<Scenario> scenarios = reader.read(*parsed);
  if (reader.error) return *reader.error;
  return scenarios;
}

}  // namespace balans
