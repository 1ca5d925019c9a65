#include "sim/soak/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <numeric>

namespace balans::soak {
namespace {

double times_real(const SoakResult& result) {
  return static_cast<double>(result.virtual_ms) / 1000 / std::max(result.wall_seconds, 1e-9);
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::int64_t sum_of(const FaultCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

}  // namespace

std::string replay_command(std::uint64_t seed, const SoakSettings& settings) {
  return fmt::format("balans-sim soak{} --first {} --seeds 1 --minutes {} --log -",
                     settings.sky == Sky::Calm ? " --calm" : "", seed, settings.minutes);
}

std::string to_text(const SoakResult& r) {
  std::string text;
  for (const SeedResult& failed : r.failed)
    text += fmt::format("seed {} fails after {} s: {}\n  {}\n", failed.seed, failed.virtual_ms / 1000, failed.wrong,
                        replay_command(failed.seed, r.settings));
  text += fmt::format("{} seeds from {}, {} of them signed: {} failed\n", r.seeds, r.settings.first, r.signed_seeds,
                      r.failed.size());
  text += fmt::format("{:.1f} virtual hours in {:.1f} s on {} threads: {:.0f} times real time, {:.0f} each\n",
                      static_cast<double>(r.virtual_ms) / 3.6e6, r.wall_seconds, r.settings.threads, times_real(r),
                      times_real(r) / r.settings.threads);
  text += fmt::format("{} messages, {} refused before any core saw them\n", r.messages, r.refused);
  text += fmt::format("{} faults, at least {} in each:\n", sum_of(r.faults), r.fewest_faults);
  for (std::size_t f = 0; f < kFaultKinds; ++f)
    text += fmt::format("  {:24} {:>9}\n", name_of(static_cast<Fault>(f)), r.faults[f]);
  text +=
      fmt::format("{} row-seconds judged, in {:.2f} % of them something had risen, in {:.2f} % a meter misled\n",
                  r.judged.rows, percent(r.judged.excused, r.judged.rows), percent(r.judged.unknown, r.judged.rows));
  text +=
      fmt::format("{} of them for longer: {} with all at failsafe, {} somebody out of reach, {} within the margin\n",
                  r.judged.at_failsafe + r.judged.beyond_reach + r.judged.in_margin, r.judged.at_failsafe,
                  r.judged.beyond_reach, r.judged.in_margin);
  text += fmt::format("{} s of overload, the longest {} s\n", r.judged.overload_seconds,
                      r.judged.longest_overload.count() / 1000);
  if (r.settings.sky == Sky::Calm)
    text += fmt::format(
        "{} waits ended with current, the longest after {} min; at most {} % of what is allowed; {} turns were cut "
        "short\n",
        r.waited.turns, r.waited.longest.count() / 60'000, r.waited.percent_of_bound, r.waited.short_turns);
  text += "log " + to_hex(r.log.bytes) + "\n";
  return text;
}

boost::json::object to_json(const SoakResult& r) {
  boost::json::object faults;
  for (std::size_t f = 0; f < kFaultKinds; ++f) faults[name_of(static_cast<Fault>(f))] = r.faults[f];
  boost::json::array failed;
  for (const SeedResult& one : r.failed)
    failed.push_back(boost::json::object{{"seed", one.seed},
                                         {"after_ms", one.virtual_ms},
                                         {"wrong", one.wrong},
                                         {"replay", replay_command(one.seed, r.settings)}});
  return {{"first_seed", r.settings.first},
          {"seeds", r.seeds},
          {"signed_seeds", r.signed_seeds},
          {"minutes_each", r.settings.minutes},
          {"failed", failed},
          {"virtual_seconds", r.virtual_ms / 1000},
          {"wall_seconds", r.wall_seconds},
          {"threads", r.settings.threads},
          {"times_real_time", times_real(r)},
          {"messages", r.messages},
          {"messages_refused", r.refused},
          {"faults", faults},
          {"fewest_faults", r.fewest_faults},
          {"rows_judged", r.judged.rows},
          {"rows_excused", r.judged.excused},
          {"rows_at_failsafe", r.judged.at_failsafe},
          {"rows_beyond_reach", r.judged.beyond_reach},
          {"rows_in_margin", r.judged.in_margin},
          {"rows_unknown", r.judged.unknown},
          {"overload_seconds", r.judged.overload_seconds},
          {"longest_overload_s", r.judged.longest_overload.count() / 1000},
          {"waits", r.waited.turns},
          {"longest_wait_s", r.waited.longest.count() / 1000},
          {"wait_percent_of_bound", r.waited.percent_of_bound},
          {"turns_cut_short", r.waited.short_turns},
          {"log_blake2b", to_hex(r.log.bytes)}};
}

}  // namespace balans::soak
