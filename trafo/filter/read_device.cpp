#include "trafo/filter/read_device.hpp"

#include "trafo/filter/bounds.hpp"

namespace balans::filter {
namespace {

using json::ObjectReader;

void read_phase_modes(ObjectReader& r, Candidate& device) {
  device.phases = fields::read_phase_set(r, "phases");
  if (!r.has("fewer")) return;
  device.fewer = fields::read_phase_set(r, "fewer");
  bool inside = true;
  for (const Phase p : kPhases) inside = inside && (device.phases.contains(p) || !device.fewer.contains(p));
  if (!inside || device.fewer == device.phases) r.fail("fewer", "expected fewer of the device's phases");
}

void read_levels(ObjectReader& r, Candidate& device, Problem& problem, Reading& reading) {
  if (!r.has("levels_ma")) return;
  std::vector<Milliamps> levels;
  for (const boost::json::value& element : r.array("levels_ma", bounds::kLevels)) {
    const std::int64_t least = levels.empty() ? 1 : levels.back().count() + 1;  // ascending
    const std::string path = r.path_of("levels_ma", levels.size());
    levels.emplace_back(json::integer_of(element, path, least, fields::kMaxMa, reading.error));
  }
  if (levels.empty()) r.fail("levels_ma", "expected at least one current");
  device.levels = problem.levels.emplace_back(std::move(levels));
  if (!device.levels.empty()) device.min = std::max(device.min, device.levels.front());
}

void read_currents(ObjectReader& r, Candidate& device, Problem& problem, Reading& reading) {
  device.min = Milliamps(r.integer("min_ma", 0, fields::kMaxMa));
  device.cap = Milliamps(r.integer("cap_ma", 0, fields::kMaxMa));
  device.step = Milliamps(read_integer_or(r, "step_ma", 1, fields::kMaxMa, 1));
  read_levels(r, device, problem, reading);
  if (r.has("step_ma") && r.has("levels_ma")) r.fail("step_ma", "does not go with levels_ma");
  device.reserved = read_ma_or_zero(r, "reserved_ma");
  device.floor = read_ma_or_zero(r, "floor_ma");
  device.comfort = read_ma_or_zero(r, "comfort_ma");
}

void read_deadline(ObjectReader& r, Candidate& device) {
  const bool has_need = r.has("need_ma");
  const bool has_energy = r.has("energy_needed_wh");
  if (has_need && has_energy) r.fail("need_ma", "does not go with energy_needed_wh");
  if (!has_need && !has_energy) {
    if (r.has("time_left_ms")) r.fail("time_left_ms", "needs energy_needed_wh or need_ma beside it");
    return;
  }
  device.time_left = Millis(r.integer("time_left_ms", 0, bounds::kYearMs));
  if (has_need) device.need = read_ma_or_zero(r, "need_ma");
  if (!has_energy) return;
  const WattHours energy(r.integer("energy_needed_wh", 0, bounds::kNeededWh));
  device.need = std::min(deadline_current(energy, device.time_left, device.phases.size()), Milliamps(fields::kMaxMa));
}

void read_standing(ObjectReader& r, Candidate& device) {
  device.weight = read_integer_or(r, "weight", 1, bounds::kWeight, 1);
  device.priority = static_cast<int>(read_integer_or(r, "priority", 0, bounds::kPriority, 0));
  device.received = WattHours(read_integer_or(r, "received_wh", 0, fields::kMaxWh, 0));
  if (r.has("volunteers_for_units_per_kwh"))
    device.volunteers_for = r.integer("volunteers_for_units_per_kwh", 0, fields::kMaxCounter);
  device.min_on = Millis(read_integer_or(r, "min_on_ms", 0, bounds::kDayMs, defaults::kMinOn.count()));
}

}  // namespace

void read_device(ObjectReader& r, Problem& problem, Reading& reading) {
  Candidate device;
  device.node = read_node(r, "node", reading);
  read_phase_modes(r, device);
  read_currents(r, device, problem, reading);
  read_deadline(r, device);
  read_standing(r, device);
  device.turn.since = problem.now;
  device.turn.idle = read_boolean_or_false(r, "idle");
  problem.min_off.emplace_back(read_integer_or(r, "min_off_ms", 0, bounds::kDayMs, defaults::kMinOff.count()));
  problem.devices.push_back(device);
}

}  // namespace balans::filter
