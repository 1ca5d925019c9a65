#include "sim/run/report.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/data/local_time.hpp"

namespace balans::runs {
namespace {

double rounded(double value) { return std::round(value * 1000) / 1000; }

double seconds(const RunResult& result) { return static_cast<double>(result.options.days) * 86'400; }

}  // namespace

boost::json::object to_json(const RunResult& r) {
  boost::json::object json;
  json["policy"] = name_of(r.options.policy);
  json["site"] = r.site;
  json["start"] = sim::to_text(r.options.start);
  json["days"] = r.options.days;
  json["tick_s"] = rounded(static_cast<double>(r.options.tick.count()) / 1000);
  json["seed"] = r.options.seed;
  json["faults"] = name_of(r.options.faults);
  json["rating_kva"] = rounded(static_cast<double>(r.options.transformer.count()) / 1000);
  json["rating"] = r.options.rating == RatingMode::Dynamic ? "dynamic" : "static";
  json["cars"] = r.cars;
  json["sessions"] = r.sessions;
  json["heat_pumps"] = r.options.heat_pumps;
  json["pv"] = r.options.pv;
  json["energy_requested_kwh"] = rounded(r.requested_kwh);
  json["energy_delivered_kwh"] = rounded(r.delivered_kwh);
  json["energy_reserved_kwh"] = rounded(r.reserved_kwh);
  json["demands_met"] = rounded(r.demands_met);
  json["jain"] = rounded(r.jain);
  json["stops_per_session"] = rounded(r.stops_per_session);
  json["overload_seconds"] = r.overload_seconds;
  json["longest_overload_s"] = r.longest_overload_s;
  json["caused_overload_seconds"] = r.caused_overload_seconds;
  json["longest_caused_overload_s"] = r.longest_caused_overload_s;
  json["base_overload_seconds"] = r.base_overload_seconds;
  json["worst_overload_percent"] = rounded(r.worst_overload_percent);
  json["peak_load_kva"] = rounded(r.peak_load_kva);
  json["hot_spot_peak_c"] = rounded(r.hot_spot_peak_c);
  json["loss_of_life_hours"] = rounded(r.loss_of_life_hours);
  json["decision_mean_us"] = rounded(r.decision_mean_us);
  json["decision_max_us"] = rounded(r.decision_max_us);
  json["messages"] = r.messages;
  json["ticks"] = r.ticks;
  json["wall_seconds"] = rounded(r.wall_seconds);
  json["times_real_time"] = rounded(r.wall_seconds > 0 ? seconds(r) / r.wall_seconds : 0);
  json["feeder"] = r.base_source;
  json["sessions_file"] = r.sessions_source;
  json["synthetic"] = r.synthetic;
  return json;
}

std::string to_text(const RunResult& r) {
  std::string out =
      fmt::format("{}: {} day{} from {}, {} cars, {} sessions, transformer {:.0f} kVA\n", name_of(r.options.policy),
                  r.options.days, r.options.days == 1 ? "" : "s", sim::to_text(r.options.start), r.cars, r.sessions,
                  static_cast<double>(r.options.transformer.count()) / 1000);
  out += fmt::format("  base load: {}\n  cars:      {}\n", r.base_source, r.sessions_source);
  if (r.synthetic) out += "  SYNTHETIC: this run used made-up data, not measurements\n";
  out += fmt::format("  energy {:.1f} of {:.1f} kWh, demands met {:.1f} %, Jain {:.4f}, {:.2f} stops a session\n",
                     r.delivered_kwh, r.requested_kwh, r.demands_met * 100, r.jain, r.stops_per_session);
  out += fmt::format("  overload {} s (longest {} s, worst {:.1f} %), of it caused {} s; by the base load alone {} s\n",
                     r.overload_seconds, r.longest_overload_s, r.worst_overload_percent, r.caused_overload_seconds,
                     r.base_overload_seconds);
  out += fmt::format("  peak {:.1f} kVA, hot-spot {:.1f} °C, loss of life {:.1f} h in {} h\n", r.peak_load_kva,
                     r.hot_spot_peak_c, r.loss_of_life_hours, r.options.days * 24);
  if (r.options.policy == Policy::Balans)
    out += fmt::format("  decisions {:.1f} µs on average, {:.0f} µs at most; {} messages; {:.1f} kWh reserved\n",
                       r.decision_mean_us, r.decision_max_us, r.messages, r.reserved_kwh);
  out += fmt::format("  {:.1f} s, {:.0f} times real time\n", r.wall_seconds, seconds(r) / r.wall_seconds);
  return out;
}

}  // namespace balans::runs
