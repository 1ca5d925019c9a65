#include "trafo/filter/bounds.hpp"
#include "trafo/filter/problem.hpp"
#include "trafo/filter/read_device.hpp"
#include "trafo/filter/read_fields.hpp"

namespace balans::filter {
namespace {

using json::ObjectReader;

/// Where a node hangs. Parents stand before their children, so that no circle can be written.
class Tree {
 public:
  int read_parent(ObjectReader& r, const std::string& name, const Reading& reading) {
    int parent = kNoParent;
    if (r.has("parent")) {
      const std::string wanted = read_name(r, "parent");
      const auto found = reading.nodes.find(wanted);
      if (found != reading.nodes.end()) {
        parent = found->second;
      } else {
        r.fail("parent", wanted == name ? "'" + name + "' is its own parent"
                                        : "no node before this one is called '" + wanted + "'");
      }
    }
    depths_.push_back(parent == kNoParent ? 1 : depths_[static_cast<std::size_t>(parent)] + 1);
    if (depths_.back() > bounds::kDepth)
      r.fail("parent", "more than " + std::to_string(bounds::kDepth) + " levels of nodes");
    return parent;
  }

 private:
  std::vector<int> depths_;
};

/// `null` says that there is no limit; leaving the member out says nothing and is refused.
PerPhase<Milliamps> read_headroom(ObjectReader& r, Reading& reading) {
  const boost::json::value& value = r.member("headroom_ma");
  if (!r.failed() && value.is_null()) return PerPhase<Milliamps>::all(kUnlimited);
  return read_row_ma(r, "headroom_ma", reading);
}

GridNode read_node_rows(ObjectReader& r, int parent, Reading& reading) {
  GridNode node;
  node.parent = parent;
  node.headroom = read_headroom(r, reading);
  if (r.has("sum_ma")) node.sum = Milliamps(r.integer("sum_ma", -bounds::kRowMa, bounds::kRowMa));
  if (r.has("for_floors_ma")) node.for_floors = read_row_ma(r, "for_floors_ma", reading);
  node.sum_for_floors = Milliamps(read_integer_or(r, "sum_for_floors_ma", -bounds::kRowMa, bounds::kRowMa, 0));
  return node;
}

void read_nodes(ObjectReader& root, Problem& problem, Reading& reading) {
  Tree tree;
  const std::size_t count = root.array("nodes", bounds::kNodes).size();
  problem.node_names.reserve(count);  // the places are found by views of the names
  read_objects(root, "nodes", bounds::kNodes, reading, [&](ObjectReader& r, std::size_t index) {
    problem.node_names.push_back(read_name(r, "name"));
    const std::string& name = problem.node_names.back();
    problem.nodes.push_back(read_node_rows(r, tree.read_parent(r, name, reading), reading));
    const auto [taken, fresh] = reading.nodes.emplace(name, static_cast<int>(index));
    if (!fresh) r.fail("name", "/nodes/" + std::to_string(taken->second) + " is called '" + name + "' too");
  });
  problem.sources.resize(problem.nodes.size());
}

void read_devices(ObjectReader& root, Problem& problem, Reading& reading) {
  const std::size_t count = root.array("devices", bounds::kDevices).size();
  problem.device_names.reserve(count);
  problem.devices.reserve(count);
  read_objects(root, "devices", bounds::kDevices, reading, [&](ObjectReader& r, std::size_t index) {
    problem.device_names.push_back(read_name(r, "name"));
    const std::string& name = problem.device_names.back();
    read_device(r, problem, reading);
    const auto [taken, fresh] = reading.devices.emplace(name, static_cast<int>(index));
    if (!fresh) r.fail("name", "/devices/" + std::to_string(taken->second) + " is called '" + name + "' too");
  });
}

std::vector<Row> read_limited_rows(ObjectReader& r) {
  std::vector<Row> rows;
  if (!r.has("rows")) return {Row::L1, Row::L2, Row::L3};
  for (const boost::json::value& element : r.array("rows", kRows.size())) {
    const boost::json::string* text = element.if_string();
    std::optional<Row> row;
    for (const Row known : kRows)
      if (text != nullptr && *text == json_name_of(known)) row = known;
    if (!row || std::find(rows.begin(), rows.end(), *row) != rows.end())
      return r.fail("rows", "expected some of \"L1\", \"L2\", \"L3\", \"sum\", each once"), rows;
    rows.push_back(*row);
  }
  if (rows.empty()) r.fail("rows", "expected at least one row");
  return rows;
}

Reason read_source(ObjectReader& r) {
  const std::string name = r.string("source", bounds::kName);
  for (const Reason source : {Reason::Operator, Reason::Schedule, Reason::Dso})
    if (name == name_of(source)) return source;
  r.fail("source", "'" + name + "' is no source of limits: expected one of operator, schedule, dso");
  return Reason::Operator;
}

/// The smaller counts, for statutory floors too; of equal ones that which came first.
void tighten(GridNode& node, RowSources& sources, Row row, Milliamps max, Reason source) {
  const bool is_sum = row == Row::Sum;
  const auto phase = static_cast<Phase>(row);
  Milliamps& headroom = is_sum ? node.sum : node.headroom[phase];
  Milliamps& for_floors = is_sum ? node.sum_for_floors : node.for_floors[phase];
  for_floors = std::min(for_floors, max);
  if (max >= headroom) return;
  headroom = max;
  sources[static_cast<std::size_t>(row)] = source;
}

void read_limits(ObjectReader& root, Problem& problem, Reading& reading) {
  if (!root.has("limits")) return;
  read_objects(root, "limits", bounds::kLimits, reading, [&](ObjectReader& r, std::size_t) {
    const int node = read_node(r, "node", reading);
    const std::vector<Row> rows = read_limited_rows(r);
    const Milliamps max(r.integer("max_ma", 0, bounds::kRowMa));
    const Reason source = read_source(r);
    const bool ended = r.has("until_ms") && r.integer("until_ms", 0, fields::kMaxMs) <= problem.now.ms();
    if (r.failed() || ended) return;
    const auto place = static_cast<std::size_t>(node);
    for (const Row row : rows) tighten(problem.nodes[place], problem.sources[place], row, max, source);
  });
}

void read_turn(ObjectReader& r, BootTime now, Turns& turns) {
  const std::string device = read_name(r, "device");
  Turn turn;
  turn.on = r.boolean("on");
  turn.since = BootTime(r.integer("since_ms", 0, fields::kMaxMs));
  turn.rest_until = BootTime(read_integer_or(r, "rest_until_ms", 0, fields::kMaxMs + bounds::kDayMs, 0));
  turn.on_fewer = read_boolean_or_false(r, "on_fewer");
  turn.switched = BootTime(read_integer_or(r, "switched_ms", 0, fields::kMaxMs, 0));
  if (turn.since > now) r.fail("since_ms", "is after now_ms");
  if (turn.switched > now) r.fail("switched_ms", "is after now_ms");
  if (!turns.emplace(device, turn).second) r.fail("device", "the turn of '" + device + "' is given twice");
}

GivenMemory read_memory(ObjectReader& root, const boost::json::value& line, BootTime now, Reading& reading) {
  if (!root.has("memory")) {  // absent, or null
    const bool cleared = line.is_object() && line.get_object().contains("memory");
    return cleared ? GivenMemory(Turns()) : GivenMemory(SaysNothing());
  }
  Turns turns;
  ObjectReader r(root.member("memory"), root.path_of("memory"), reading.error, json::PathStyle::Pointer);
  read_objects(r, "turns", bounds::kDevices, reading,
               [&](ObjectReader& entry, std::size_t) { read_turn(entry, now, turns); });
  r.finish();
  return turns;
}

}  // namespace

const char* json_name_of(Row row) { return row == Row::Sum ? "sum" : balans::name_of(row); }

Result<Problem> read_problem(const boost::json::value& line, MemoryMember memory) {
  Reading reading;
  Problem problem;
  ObjectReader root(line, "", reading.error, json::PathStyle::Pointer);
  if (root.has("id")) problem.id = root.string("id", bounds::kName);
  problem.now = BootTime(root.integer("now_ms", 0, fields::kMaxMs));
  read_nodes(root, problem, reading);
  read_devices(root, problem, reading);
  read_limits(root, problem, reading);
  if (memory == MemoryMember::Read) {
    problem.memory = read_memory(root, line, problem.now, reading);
  } else {
    static_cast<void>(root.has("memory"));
  }
  root.finish();
  if (reading.error) return *reading.error;
  return problem;
}

std::optional<std::string> id_of(const boost::json::value& line) {
  const boost::json::object* object = line.if_object();
  const boost::json::value* id = object == nullptr ? nullptr : object->if_contains("id");
  if (id == nullptr || !id->is_string() || id->get_string().size() > bounds::kName) return std::nullopt;
  return std::string(id->get_string().data(), id->get_string().size());
}

void recall(Problem& problem, const Turns& turns) {
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const auto found = turns.find(problem.device_names[i]);
    if (found == turns.end()) continue;
    Candidate& device = problem.devices[i];
    const bool idle = device.turn.idle;
    device.turn = found->second;
    device.turn.idle = idle;
    if (device.fewer.empty()) device.turn.on_fewer = false;  // it could switch phases then, and cannot now
  }
}

}  // namespace balans::filter
