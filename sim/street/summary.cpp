#include "sim/street/summary.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;

/// `count` divided by `unit`, to three decimals.
double rounded(std::int64_t count, std::int64_t unit) {
  return std::round(static_cast<double>(count) / static_cast<double>(unit) * 1000) / 1000;
}
double kva(Millivoltamps power) { return rounded(power.count(), 1'000'000); }
double kwh(Millijoules energy) { return rounded(energy.count(), kMillijoulesPerWattHour * 1000); }

json::array devices_json(const RunSums& sums) {
  json::array devices;
  for (const DeviceSums& device : sums.devices)
    devices.push_back(json::object{{"id", device.id.str()},
                                   {"kind", name_of(device.kind)},
                                   {"energy_kwh", kwh(device.energy)},
                                   {"fed_in_kwh", kwh(device.fed_in)},
                                   {"limited_seconds", device.limited_seconds},
                                   {"failsafe_entries", 0}});
  return devices;
}

double number(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_number() ? value->to_number<double>() : 0;
}
std::string text(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

/// Base units of 10⁻⁶ EUR, 10⁻⁹ IOTA.
std::string money_line(std::string_view asset, const json::object& sums) {
  const auto whole = [&](const char* key) { return number(sums, key) / (asset == "IOTA" ? 1e9 : 1e6); };
  const json::value* even = sums.if_contains("even");
  const json::value* adds_up = sums.if_contains("adds_up");
  const auto holds = [](const json::value* value) { return value && value->is_bool() && value->get_bool(); };
  return fmt::format(
      "  {}: devices earned {:.2f}, billed {:.2f} (supplier {:.2f}, grid {:.2f}, producers {:.2f}); debits and credits "
      "{}, statements {}\n",
      asset, whole("earned"), whole("billed"), whole("to_supplier"), whole("grid_share"), whole("to_producers"),
      holds(even) ? "agree" : "DISAGREE", holds(adds_up) ? "too" : "DO NOT");
}

/// Nanos.
std::string chain_line(const json::object& chain) {
  const json::value* agrees = chain.if_contains("agrees");
  const bool agree = agrees && agrees->is_bool() && agrees->get_bool();
  return fmt::format(
      "  chain {}: {:.0f} payouts of together {:.6f} IOTA; what it says that everybody has and the journal {}\n",
      text(chain, "chain"), number(chain, "payouts"), number(chain, "paid") / 1e9, agree ? "agree" : "DISAGREE");
}

std::string device_line(const json::object& device) {
  const double fed_in = number(device, "fed_in_kwh");
  return fmt::format("  {:<11} {:>8.3f} kWh   limited {:>6.0f} s   failsafe {:.0f}{}\n", text(device, "id"),
                     number(device, "energy_kwh"), number(device, "limited_seconds"),
                     number(device, "failsafe_entries"), fed_in > 0 ? fmt::format("   fed in {:.3f} kWh", fed_in) : "");
}

}  // namespace

json::object summary_json(const RunSums& sums, const RunFacts& facts) {
  json::object json;
  json["minutes"] = rounded(sums.samples, 60);
  json["samples"] = sums.samples;
  json["peak_load_kva"] = kva(sums.peak_load);
  json["rating_kva"] = rounded(facts.rating.count(), 1000);
  json["overload_seconds"] = sums.overload_seconds;
  json["longest_overload_s"] = sums.longest_overload_s;
  json["base_overload_seconds"] = sums.base_overload_seconds;
  json["energy_requested_kwh"] = kwh(sums.requested);
  json["energy_delivered_kwh"] = kwh(sums.delivered);
  json["devices"] = devices_json(sums);
  json["readings_recorded"] = 0;
  json["failures"] = json::array{};
  json["policy"] = facts.policy == Policy::Balans ? "balans" : "uncontrolled";
  json["start"] = to_text(facts.start);
  json["speed"] = facts.speed;
  json["missed_ticks"] = facts.missed_ticks;
  json["peak_phase_kva"] = kva(sums.peak_phase);
  json["rating_phase_kva"] = rounded(facts.rating.count(), 3000);
  json["feeder"] = facts.sources.feeder;
  json["sessions"] = facts.sources.sessions;
  json["synthetic"] = facts.sources.synthetic;
  return json;
}

std::string summary_text(const json::object& summary) {
  std::string out =
      fmt::format("{} simulated minutes from {}, policy {}, transformer {:.0f} kVA\n", number(summary, "minutes"),
                  text(summary, "start"), text(summary, "policy"), number(summary, "rating_kva"));
  out += fmt::format("  base load: {}\n  cars:      {}\n", text(summary, "feeder"), text(summary, "sessions"));
  const json::value* synthetic = summary.if_contains("synthetic");
  if (synthetic && synthetic->is_bool() && synthetic->get_bool())
    out += "  SYNTHETIC: this run used made-up data, not measurements\n";
  out += fmt::format("  peak {:.1f} kVA in all, {:.1f} kVA on one phase (rated {:.1f})\n",
                     number(summary, "peak_load_kva"), number(summary, "peak_phase_kva"),
                     number(summary, "rating_phase_kva"));
  out += fmt::format("  overload {:.0f} s (longest {:.0f} s), by the base load alone {:.0f} s\n",
                     number(summary, "overload_seconds"), number(summary, "longest_overload_s"),
                     number(summary, "base_overload_seconds"));
  out += fmt::format("  cars asked for {:.2f} kWh and got {:.2f} kWh\n", number(summary, "energy_requested_kwh"),
                     number(summary, "energy_delivered_kwh"));
  out += fmt::format("  readings recorded {:.0f}, missed ticks {:.0f} of {:.0f}\n",
                     number(summary, "readings_recorded"), number(summary, "missed_ticks"), number(summary, "samples"));
  if (const json::value* money = summary.if_contains("money"); money && money->is_object())
    for (const auto& [asset, sums] : money->get_object()) out += money_line(asset, sums.as_object());
  if (const json::value* chain = summary.if_contains("chain"); chain && chain->is_object())
    out += chain_line(chain->get_object());
  if (const json::value* devices = summary.if_contains("devices"); devices && devices->is_array())
    for (const json::value& device : devices->get_array())
      if (device.is_object()) out += device_line(device.get_object());
  if (const json::value* failures = summary.if_contains("failures"); failures && failures->is_array())
    for (const json::value& failure : failures->get_array())
      if (failure.is_string()) out += "  FAILURE: " + std::string(failure.get_string()) + "\n";
  return out;
}

}  // namespace balans::sim
