// tests/scenarios/sequences.json, strictly.
#include <boost/json/serialize.hpp>

#include "common/messages/json.hpp"
#include "tests/trafo/core/sequence.hpp"

namespace balans {
namespace {

constexpr std::int64_t kMost = 1'000'000;
constexpr int kMostSeconds = 24 * 3600;

VoltAmps on_three_phases(Milliamps current) { return VoltAmps((current.count() * 3 * 230 + 999) / 1000); }

class Reader : public json::ObjectReader {
 public:
  Reader(const boost::json::value& value, const std::string& path, std::optional<Error>& error)
      : json::ObjectReader(value, path, error), error_(error) {}

  int seconds(const char* key) { return static_cast<int>(integer(key, 0, kMostSeconds)); }
  Millis millis(const char* key) { return Millis(seconds(key) * 1000LL); }
  Milliamps amps(const char* key, std::int64_t least = 0) { return Milliamps(integer(key, least, kMost)); }
  Milliamps amps_or(const char* key, Milliamps otherwise) { return has(key) ? amps(key) : otherwise; }
  Millis millis_or(const char* key, Millis otherwise) { return has(key) ? millis(key) : otherwise; }
  std::optional<Milliamps> maybe_amps(const char* key) { return has(key) ? std::optional(amps(key)) : std::nullopt; }
  std::optional<int> maybe_seconds(const char* key) { return has(key) ? std::optional(seconds(key)) : std::nullopt; }

  PerPhase<Milliamps> per_phase(const char* key) {
    PerPhase<Milliamps> result;
    const boost::json::array& numbers = array(key, 3);
    if (numbers.size() != 3) return fail(key, "expected three numbers"), result;
    for (std::size_t i = 0; i < 3; ++i)
      result.values[i] = Milliamps(json::integer_of(numbers[i], path_of(key), -kMost, kMost, error_));
    return result;
  }
  PhaseSet phases(const char* key, PhaseSet otherwise) {
    if (!has(key)) return otherwise;
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

class SequenceReader {
 public:
  SequenceReader(const boost::json::value& value, std::optional<Error>& error)
      : error_(error), reader_(value, "sequence", error) {}

  Sequence read() {
    sequence_.name = reader_.string("name", 80);
    sequence_.why = reader_.string("why", 400);
    sequence_.seconds = reader_.seconds("seconds");
    site().id = SiteId::parse("elm-street").value();
    site().margin_percent = reader_.has("margin_percent") ? reader_.integer("margin_percent", 0, 50) : 0;
    site().feeds_back = reader_.has("feeds_back") && reader_.boolean("feeds_back");
    site().nodes.clear();
    site().meters.clear();
    for (const boost::json::value& node : reader_.array("nodes", 20)) read_node(node);
    for (const boost::json::value& device : reader_.array("devices", 100)) read_devices(device);
    if (reader_.has("events"))
      for (const boost::json::value& event : reader_.array("events", 100)) read_event(event);
    for (const boost::json::value& expected : reader_.array("expect", 100)) read_expectation(expected);
    reader_.finish();
    if (!error_) assume_peaks();
    return std::move(sequence_);
  }

 private:
  Site& site() { return sequence_.street.site; }

  Reader reader_of(const boost::json::value& value, const char* what) {
    return {value, sequence_.name + "." + what, error_};
  }

  std::size_t node_called(const std::string& name, Reader& reader, const char* key) {
    for (std::size_t v = 0; v < site().nodes.size(); ++v)
      if (site().nodes[v].name == name) return v;
    reader.fail(key, "no node before this is called '" + name + "'");
    return 0;
  }

  std::size_t meter_called(const std::string& name, Reader& reader, const char* key) {
    for (std::size_t m = 0; m < site().meters.size(); ++m)
      if (site().meters[m].name == name) return m;
    reader.fail(key, "'" + name + "' has no meter");
    return 0;
  }

  /// One device, or each of a group: `car` names car-1, car-2, …
  std::vector<std::size_t> devices_called(const std::string& name, Reader& reader, const char* key) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < sequence_.street.agents.size(); ++i) {
      const std::string& id = sequence_.street.agents[i].id.str();
      const bool in_group = id.size() > name.size() + 1 && id.starts_with(name + "-") &&
                            id.find_first_not_of("0123456789", name.size() + 1) == std::string::npos;
      if (id == name || in_group) found.push_back(i);
    }
    if (found.empty()) reader.fail(key, "no device is called '" + name + "'");
    return found;
  }

  void read_node(const boost::json::value& value) {
    Reader reader = reader_of(value, "node");
    Node node;
    node.name = reader.string("name", 40);
    const Milliamps limit = reader.amps("limit_ma", 1);
    if (site().nodes.empty())
      site().rated = on_three_phases(limit);
    else
      node.parent = static_cast<int>(node_called(reader.string("parent", 40), reader, "parent"));
    node.max = limit;
    if (reader.has("max_feed_ma")) node.max_feed = reader.amps("max_feed_ma");
    if (reader.has("design_peak_ma"))
      node.design_peak_base = PerPhase<Milliamps>::all(reader.amps("design_peak_ma", 1));
    sequence_.street.bases.push_back(reader.has("base_ma") ? reader.per_phase("base_ma") : PerPhase<Milliamps>{});
    if (!reader.has("metered") || reader.boolean("metered")) site().meters.push_back({node.name, site().nodes.size()});
    site().nodes.push_back(node);
    reader.finish();
  }

  /// Where the file says nothing, the base load that it begins with.
  void assume_peaks() {
    for (std::size_t v = 0; v < site().nodes.size(); ++v) {
      if (site().nodes[v].design_peak_base != PerPhase<Milliamps>{}) continue;
      for (std::size_t w = 0; w < site().nodes.size(); ++w)
        if (is_below(site(), w, v))
          site().nodes[v].design_peak_base +=
              PerPhase<Milliamps>::all(std::max(Milliamps(), sequence_.street.bases[w].largest()));
    }
    if (const auto fits = check_enrolment(site()); !fits) error_ = Error{sequence_.name, fits.error().message()};
  }

  void read_devices(const boost::json::value& value) {
    Reader reader = reader_of(value, "device");
    const std::string name = reader.string("name", 40);
    const std::int64_t count = reader.has("count") ? reader.integer("count", 1, 100) : 1;
    AgentSettings agent = agent_of(reader);
    const twin::DeviceModel device = device_of(reader, agent);
    const std::size_t node = reader.has("node") ? node_called(reader.string("node", 40), reader, "node") : 0;
    const int priority = reader.has("priority") ? static_cast<int>(reader.integer("priority", 0, 255)) : 0;
    const int starts = reader.has("starts_s") ? reader.seconds("starts_s") : 0;
    reader.finish();
    for (std::int64_t i = 1; i <= count && !error_; ++i) {
      const auto id = AgentId::parse(count == 1 ? name : name + "-" + std::to_string(i));
      if (!id) return reader.fail("name", id.error().what);
      agent.id = *id;
      sequence_.street.agents.push_back(agent);
      sequence_.street.devices.push_back(device);
      sequence_.starts_s.push_back(starts);
      site().agents.push_back(twin::enrolment_of(agent, node));
      site().agents.back().priority = priority;
    }
  }

  static AgentSettings agent_of(Reader& reader) {
    AgentSettings agent;
    agent.phases = reader.phases("phases", PhaseSet::all());
    agent.fewer_phases = reader.phases("fewer", PhaseSet());
    agent.min = reader.amps_or("min_ma", 6_A);
    agent.max = reader.amps("max_ma", 1);
    agent.step = reader.amps_or("step_ma", 100_mA);
    agent.failsafe = reader.amps_or("failsafe_ma", 0_A);
    agent.floor = reader.amps_or("floor_ma", 0_A);
    agent.comfort = reader.amps_or("comfort_ma", 0_A);
    if (reader.has("weight")) agent.weight = reader.integer("weight", 1, 1000);
    if (reader.has("volunteers_for")) agent.volunteers_for = reader.integer("volunteers_for", 0, kMost);
    agent.min_on = reader.millis_or("min_on_s", Millis());
    agent.min_off = reader.millis_or("min_off_s", Millis());
    agent.settle = reader.millis_or("settle_s", 6_s);
    if (reader.has("revert_s")) agent.revert = reader.millis("revert_s");
    if (agent.revert) agent.refresh = *agent.revert / 3;
    return agent;
  }

  static twin::DeviceModel device_of(Reader& reader, const AgentSettings& agent) {
    twin::DeviceModel device;
    device.phases = agent.phases;
    device.fewer = agent.fewer_phases;
    device.conductors = reader.phases("loads", PhaseSet::all());
    device.min.draw = agent.min;
    device.delay = Millis(reader.has("follows_ms") ? reader.integer("follows_ms", 0, 60'000) : 1'000);
    device.revert = agent.revert;
    device.appetite.draw = reader.amps_or("wants_ma", agent.max);
    if (reader.has("holds_ma")) device.setpoint.draw = twin::Register<Milliamps>(reader.amps("holds_ma"));
    return device;
  }

  void read_event(const boost::json::value& value) {
    Reader reader = reader_of(value, "event");
    SequenceEvent event;
    event.at_s = reader.seconds("at_s");
    if (reader.has("node"))
      event.what = BaseChanges{node_called(reader.string("node", 40), reader, "node"), reader.per_phase("base_ma")};
    else if (reader.has("meter"))
      event.what = meter_change(reader);
    else
      event.what = device_change(reader);
    reader.finish();
    sequence_.events.push_back(event);
  }

  MeterChanges meter_change(Reader& reader) {
    using Fault = twin::MeterModel::Fault;
    MeterChanges change;
    change.meter = meter_called(reader.string("meter", 40), reader, "meter");
    if (reader.has("every_s")) change.every = reader.millis("every_s");
    if (reader.has("lag_s")) change.lag = reader.millis("lag_s");
    if (!reader.has("fault")) return change;
    const std::string word = reader.string("fault", 40);
    if (word == "none") change.fault = Fault::None;
    if (word == "silent") change.fault = Fault::Silent;
    if (word == "frozen") change.fault = Fault::Frozen;
    if (word == "thousand-times") change.fault = Fault::ThousandTimes;
    if (word == "wrong-sign") change.fault = Fault::WrongSign;
    if (!change.fault)
      reader.fail("fault", "'" + word + "' is neither none, silent, frozen, thousand-times nor wrong-sign");
    return change;
  }

  std::variant<BaseChanges, DeviceWants, DeviceStops, MeterChanges> device_change(Reader& reader) {
    const std::vector<std::size_t> devices = devices_called(reader.string("device", 40), reader, "device");
    if (reader.has("wants_ma")) return DeviceWants{devices, reader.amps("wants_ma")};
    return DeviceStops{devices, reader.boolean("obeys")};
  }

  void read_expectation(const boost::json::value& value) {
    Reader reader = reader_of(value, "expect");
    Expectation expected;
    expected.text = boost::json::serialize(value);
    expected.span.from_s = reader.has("from_s") ? reader.seconds("from_s") : 0;
    expected.span.to_s = reader.has("to_s") ? reader.seconds("to_s") : sequence_.seconds;
    if (expected.span.from_s >= expected.span.to_s || expected.span.to_s > sequence_.seconds)
      reader.fail("to_s", "is not within the sequence");
    if (reader.has("node"))
      expected.what = node_expectation(reader);
    else if (reader.has("meter"))
      expected.what = meter_expectation(reader);
    else
      expected.what = device_expectation(reader);
    reader.finish();
    sequence_.expected.push_back(expected);
  }

  NodeExpectation node_expectation(Reader& reader) {
    NodeExpectation expected;
    expected.node = node_called(reader.string("node", 40), reader, "node");
    expected.over_at_most_s = reader.maybe_seconds("over_at_most_s");
    expected.booked_at_most = reader.maybe_amps("booked_at_most_ma");
    expected.setpoints_at_least = reader.maybe_amps("setpoints_at_least_ma");
    expected.setpoints_at_most = reader.maybe_amps("setpoints_at_most_ma");
    return expected;
  }

  MeterExpectation meter_expectation(Reader& reader) {
    const std::size_t meter = meter_called(reader.string("meter", 40), reader, "meter");
    const Result<MeterQuality> quality = parse_name<MeterQuality>(reader.string("quality", 40));
    if (!quality) return reader.fail("quality", quality.error().what), MeterExpectation{};
    return {meter, *quality};
  }

  DeviceExpectation device_expectation(Reader& reader) {
    DeviceExpectation expected;
    expected.devices = devices_called(reader.string("device", 40), reader, "device");
    expected.at_least = reader.maybe_amps("at_least_ma");
    expected.at_most = reader.maybe_amps("at_most_ma");
    expected.changes_at_most = reader.maybe_seconds("changes_at_most");
    expected.raises_at_most = reader.maybe_seconds("raises_at_most");
    expected.on_at_least_s = reader.maybe_seconds("on_at_least_s");
    expected.waits_at_most_s = reader.maybe_seconds("waits_at_most_s");
    expected.stays_on_s = reader.maybe_seconds("stays_on_s");
    expected.stays_off_s = reader.maybe_seconds("stays_off_s");
    if (!reader.has("reason")) return expected;
    const Result<Reason> reason = parse_name<Reason>(reader.string("reason", 40));
    if (reason) expected.reason = *reason;
    if (!reason) reader.fail("reason", reason.error().what);
    return expected;
  }

  std::optional<Error>& error_;
  Reader reader_;
  Sequence sequence_;
};

}  // namespace

Result<std::vector<Sequence>> read_sequences(const std::string& text) {
  const Result<boost::json::value> parsed = json::parse_strict(text, 1'000'000);
  if (!parsed) return parsed.error();
  std::optional<Error> error;
  std::vector<Sequence> sequences;
  Reader reader(*parsed, "sequences.json", error);
  for (const boost::json::value& value : reader.array("sequences", 200))
    sequences.push_back(SequenceReader(value, error).read());
  reader.finish();
  if (error) return *error;
  return sequences;
}

}  // namespace balans
