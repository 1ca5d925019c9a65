#include "tests/bench/quality/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace balans::bench {
namespace {

using runs::Policy;
using runs::RunResult;

constexpr double kEnergy = 0.97;
constexpr double kPoint = 0.01;
constexpr double kRounding = 1e-9;

/// Nothing where the claim holds, else the figure.
using Test = std::function<std::optional<std::string>(const CaseResult&)>;

std::optional<std::string> energy(const CaseResult& result) {
  const double share = result.energy_share(Policy::Balans);
  if (share >= kEnergy - kRounding) return std::nullopt;
  return fmt::format("{:.1f} %", 100 * share);
}

/// What somebody waited for and was booked for another, who did not draw it, is nothing that could have been delivered.
std::optional<std::string> energy_net(const CaseResult& result) {
  const RunResult& balans = result.by(Policy::Balans);
  const double possible = result.by(Policy::Oracle).delivered_kwh - balans.reserved_kwh;
  if (balans.delivered_kwh >= kEnergy * possible - kRounding) return std::nullopt;
  return fmt::format("{:.1f} %", 100 * balans.delivered_kwh / possible);
}

std::optional<std::string> not_dominated(const CaseResult& result) {
  const RunResult& balans = result.by(Policy::Balans);
  std::string better;
  for (Policy policy : rivals()) {
    const RunResult& rival = result.by(policy);
    if (rival.demands_met <= balans.demands_met + kRounding || rival.jain <= balans.jain + kRounding) continue;
    better += fmt::format("{}{} {:.1f} % and {:.3f}", better.empty() ? "" : ", ", name_of(policy),
                          100 * rival.demands_met, rival.jain);
  }
  if (better.empty()) return std::nullopt;
  return fmt::format("{:.1f} % and {:.3f}; {}", 100 * balans.demands_met, balans.jain, better);
}

std::optional<std::string> near_the_best(const CaseResult& result) {
  double best = 0;
  for (Policy policy : rivals()) best = std::max(best, result.by(policy).demands_met);
  const double met = result.by(Policy::Balans).demands_met;
  if (met >= best - kPoint - kRounding) return std::nullopt;
  return fmt::format("{:.1f} %, the best {:.1f} %", 100 * met, 100 * best);
}

Test fewer_stops_than(Policy rival) {
  return [rival](const CaseResult& result) -> std::optional<std::string> {
    const double stops = result.by(Policy::Balans).stops_per_session, others = result.by(rival).stops_per_session;
    if (stops < others || stops == 0) return std::nullopt;
    return fmt::format("{:.2f}, {} {:.2f}", stops, name_of(rival), others);
  };
}

/// Ten seconds are what a step of the base load may take to be cut back.
std::optional<std::string> short_overloads(const CaseResult& result) {
  const std::int64_t longest = result.by(Policy::Balans).longest_overload_s;
  if (longest <= 10) return std::nullopt;
  return fmt::format("{} s", longest);
}

/// Adds a run to the sum of others; shares count by sessions.
void add(const RunResult& run, RunResult& sum) {
  const double weight = run.sessions, before = sum.sessions, all = std::max(1.0, weight + before);
  const auto mix = [&](double RunResult::*figure) {
    sum.*figure = (before * (sum.*figure) + weight * (run.*figure)) / all;
  };
  mix(&RunResult::demands_met);
  mix(&RunResult::jain);
  mix(&RunResult::stops_per_session);
  sum.sessions += run.sessions;
  sum.requested_kwh += run.requested_kwh;
  sum.delivered_kwh += run.delivered_kwh;
  sum.reserved_kwh += run.reserved_kwh;
  sum.longest_overload_s = std::max(sum.longest_overload_s, run.longest_overload_s);
}

}  // namespace

std::vector<CaseResult> pooled(const std::vector<CaseResult>& results) {
  std::vector<CaseResult> pools;
  for (const CaseResult& result : results) {
    auto pool = std::ranges::find_if(pools, [&](const CaseResult& other) {
      return other.what.weeks.weeks == result.what.weeks.weeks && other.what.shortage == result.what.shortage;
    });
    if (pool == pools.end()) {
      pool = pools.insert(pools.end(), {result.what, {}});
      pool->what.weeks.site = "all sites";
    }
    for (std::size_t i = 0; i < result.of.size(); ++i) add(result.of[i], pool->of[i]);
  }
  return pools;
}

std::vector<Policy> rivals() {
  return {Policy::EqualShare, Policy::FirstCome, Policy::RoundRobin, Policy::Edf, Policy::Llf};
}

std::vector<Claim> judge(const std::vector<CaseResult>& results) {
  const std::vector<std::pair<std::string, Test>> tests{
      {"delivers ≥ 97 % of what a clairvoyant delivers", energy},
      {"the same, less what envelopes reserved", energy_net},
      {"no policy is better on both demands met and Jain", not_dominated},
      {"demands met within 1 point of the best policy", near_the_best},
      {"fewer stops than EDF", fewer_stops_than(Policy::Edf)},
      {"fewer stops than LLF", fewer_stops_than(Policy::Llf)},
      {"no overload with charging lasts over 10 s", short_overloads}};
  std::vector<Claim> claims;
  for (const auto& [text, test] : tests) {
    Claim claim{text, results.size(), {}};
    for (const CaseResult& result : results)
      if (const auto figure = test(result)) claim.failures.push_back({result.what.name(), *figure});
    claims.push_back(std::move(claim));
  }
  return claims;
}

}  // namespace balans::bench
