#include "sim/street/plan.hpp"

#include <algorithm>

namespace balans::sim {
namespace {

AgentId id_of(const char* text) { return *AgentId::parse(text); }

constexpr Millis kInstalledTimeout = 54_s;

DevicePlan charger(const char* id, const char* file, std::vector<Phase> phases, Milliamps max, Milliamps step) {
  return {id_of(id), DeviceKind::Charger, file, std::move(phases), 6_A, max, step, Milliamps(0), 6_s, {}, {}};
}

DevicePlan alfen(const char* id, std::vector<Phase> phases, Milliamps max) {
  DevicePlan plan = charger(id, "chargers/alfen_eve", std::move(phases), max, 100_mA);
  plan.installed_timeout = kInstalledTimeout;
  return plan;
}

/// Told in steps of 100 W, which its agent counts at 207 V and cos φ 0.9: 2.7 A are 1.5 kW, its smallest power, 7.6 A
/// the 4.2 kW it is owed, 10.8 A its 6 kW.
DevicePlan heat_pump() {
  return {id_of("heat-pump"),
          DeviceKind::HeatPump,
          "heat/nibe_s_series",
          {Phase::L1, Phase::L2, Phase::L3},
          2700_mA,
          10'800_mA,
          200_mA,
          7600_mA,
          3_s,
          {},
          {}};
}

DevicePlan boiler() {
  return {id_of("boiler"),
          DeviceKind::Boiler,
          "heat/mypv_ac_thor",
          {Phase::L3},
          100_mA,
          15_A,
          100_mA,
          Milliamps(0),
          2_s,
          kInstalledTimeout,
          {}};
}

DevicePlan battery() {
  return {id_of("battery"),
          DeviceKind::Battery,
          "batteries/sunspec_storage",
          {Phase::L1, Phase::L2, Phase::L3},
          100_mA,
          8500_mA,
          100_mA,
          Milliamps(0),
          2_s,
          {},
          5000_W};
}

/// An inverter on 16 A of each phase, which draws nothing worth a limit. Its peak is 10 kW.
DevicePlan roof() {
  DevicePlan plan{id_of("roof"),
                  DeviceKind::Inverter,
                  "inverters/sunspec_pv",
                  {Phase::L1, Phase::L2, Phase::L3},
                  Milliamps(0),
                  Milliamps(0),
                  100_mA,
                  Milliamps(0),
                  2_s,
                  {},
                  10'000_W};
  plan.max_feed = 16_A;
  return plan;
}

}  // namespace

std::vector<DevicePlan> street_plan() {
  using enum Phase;
  return {alfen("charger-1", {L1, L2, L3}, 16_A),
          charger("charger-2", "chargers/phoenix_em_cp_pp_eth", {L2, L3, L1}, 32_A, 1_A),
          charger("charger-3", "chargers/heidelberg_energy_control", {L3, L1, L2}, 16_A, 100_mA),
          alfen("charger-4", {L1}, 32_A),
          charger("charger-5", "chargers/heidelberg_energy_control", {L2, L3, L1}, 16_A, 100_mA),
          heat_pump(),
          boiler(),
          battery(),
          roof()};
}

Result<std::vector<DevicePlan>> chosen(const std::vector<DevicePlan>& plan, const std::vector<std::string>& ids) {
  if (ids.empty()) return plan;
  std::string known;
  for (const DevicePlan& device : plan) known += (known.empty() ? "" : ", ") + device.id.str();
  std::vector<DevicePlan> kept;
  for (const DevicePlan& device : plan)
    if (std::find(ids.begin(), ids.end(), device.id.str()) != ids.end()) kept.push_back(device);
  for (const std::string& id : ids)
    if (std::none_of(plan.begin(), plan.end(), [&](const DevicePlan& device) { return device.id.str() == id; }))
      return Error{"devices", "the street has no '" + id + "'; it has " + known};
  return kept;
}

}  // namespace balans::sim
