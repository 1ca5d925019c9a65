#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "cli/commission/judge.hpp"
#include "cli/commission/trace.hpp"
#include "cli/wording.hpp"
#include "common/defaults.hpp"

namespace balans::cli {
namespace {

constexpr Milliamps kLeastSeen = 300_mA;
constexpr double kSameRatio = 0.12;  ///< meters and devices may differ by this much
constexpr double kSameAmongPhases = 0.15;

Milliamps size_of(Milliamps current) { return Milliamps(std::abs(current.count())); }

std::string names(const std::vector<Phase>& phases) {
  std::string text;
  for (const Phase p : phases) text += (text.empty() ? "" : ", ") + std::string(name_of(p));
  return text;
}

bool same_set(const std::vector<Phase>& a, const std::vector<Phase>& b) { return std::ranges::is_permutation(a, b); }

/// The grid phases that the device's terminals with a current are said to be on.
std::vector<Phase> expected_phases(const CommissionedDevice& device, const std::optional<PerPhase<Milliamps>>& own) {
  if (!own) return device.phases;
  const Milliamps most = own->largest();
  std::vector<Phase> loaded;
  for (std::size_t i = 0; i < device.phases.size(); ++i)
    if (own->values.at(i) * 10 >= most * 3) loaded.push_back(device.phases[i]);
  return loaded;
}

struct View {
  const CommissionedDevice& device;
  const Change& change;
  std::vector<Phase> expected;
  std::vector<Phase> seen;
  Milliamps step;              ///< what changed on a loaded phase: by the device's own measuring, else what was written
  bool measured_step = false;  ///< the former
};

std::vector<Phase> seen_phases(const Change& change) {
  Milliamps most;
  for (const Phase p : kPhases) most = std::max(most, size_of(change.current[p]));
  std::vector<Phase> seen;
  for (const Phase p : kPhases)
    if (size_of(change.current[p]) * 10 >= most * 3) seen.push_back(p);
  return seen;
}

bool is_noisy(const Change& change, const std::vector<Phase>& seen) {
  Milliamps least = size_of(change.current[seen.front()]);
  for (const Phase p : seen) least = std::min(least, size_of(change.current[p]));
  return std::ranges::any_of(kPhases, [&](Phase p) { return change.spread[p] > least; });
}

// ---- phases ----

std::string phases_key(const View& view) {
  // As many as the device has terminals: else the other ones cannot be known.
  if (view.seen.size() == view.device.phases.size()) return fmt::format("phases: [{}]", names(view.seen));
  return "the terminals in their true order under phases:";
}

void judge_phases(const View& view, Findings& findings) {
  const std::string seen = names(view.seen);
  if (!same_set(view.seen, view.expected)) {
    findings.push_back(
        failure(fmt::format("phases: it draws on {}, and by its configuration on {}", seen, names(view.expected)),
                fmt::format("write {} into {} and into its entry in site.yaml, or change its wiring", phases_key(view),
                            view.device.config.string())));
  } else if (view.seen.size() == 1 || view.device.phases.size() == 1) {
    findings.push_back(ok(fmt::format("phases: it draws on {}, as configured", seen)));
  } else {
    findings.push_back(
        ok(fmt::format("phases: it draws on {}, as configured; which of its terminals is on which, a load on all of "
                       "them does not tell",
                       seen)));
  }
  if (view.expected.size() < view.device.phases.size())
    findings.push_back(warning(
        fmt::format("phases: only {} of its {} phases had a load", view.expected.size(), view.device.phases.size()),
        "plug in a car that charges on all of them, and commission it once more"));
  if (!view.device.enrolled) return;
  for (const Phase p : view.seen)
    if (std::ranges::find(view.device.enrolled->phases, p) == view.device.enrolled->phases.end())
      findings.push_back(failure(fmt::format("enrolment: it draws on {}, which site.yaml does not book", name_of(p)),
                                 fmt::format("add {} to the phases of {} in site.yaml", name_of(p), view.device.name)));
}

// ---- direction ----

/// Of what is drawn, or fed in, seen by the meter: −1 where it is the wrong way round.
std::optional<double> power_factor(const View& view, Phase p) {
  if (!view.change.power) return std::nullopt;
  const double apparent = static_cast<double>(size_of(view.change.current[p]).count()) *
                          static_cast<double>(defaults::kNominal.count()) / 1e6;
  const double active = static_cast<double>((*view.change.power)[p].count());
  return (view.device.direction == Direction::Draw ? active : -active) / std::max(apparent, 1.0);
}

void judge_phase_direction(const View& view, Phase p, std::vector<Phase>& right, Findings& findings) {
  constexpr double kCrossedLeast = 0.3, kCrossedMost = 0.7, kClear = 0.7;
  const auto factor = power_factor(view, p);
  if (!factor) return;
  if (*factor <= -kClear) {
    findings.push_back(
        failure(fmt::format("direction: on {} the meter counts consumption as feeding in", name_of(p)),
                fmt::format("turn the current transformer of {} round, or swap its two wires (S1, S2)", name_of(p))));
  } else if (*factor<-kCrossedLeast&& * factor> - kCrossedMost) {
    findings.push_back(
        failure(fmt::format("direction: on {} power and current do not belong together (power factor {:.1f})",
                            name_of(p), *factor),
                fmt::format("the voltage tap and the current transformer of {} are on different phases: swap one",
                            name_of(p))));
  } else {
    right.push_back(p);
  }
}

void judge_direction(const View& view, Findings& findings) {
  const bool draws = view.device.direction == Direction::Draw;
  const std::string meaning = draws ? "consumption raises import" : "feeding in lowers import";
  if (view.change.power) {
    std::vector<Phase> right;
    for (const Phase p : view.seen) judge_phase_direction(view, p, right, findings);
    if (!right.empty()) findings.push_back(ok(fmt::format("direction: {} on {}", meaning, names(right))));
    return;
  }
  if (!view.change.total_power) {
    findings.push_back(warning("direction: the meter shows no power, so nothing tells its signs",
                               "look at the arrows on the current transformers: from the transformer to the street"));
    return;
  }
  if ((*view.change.total_power > Watts()) == draws)
    findings.push_back(ok("direction: " + meaning + ", in all"));
  else
    findings.push_back(failure("direction: the meter counts consumption as feeding in, in all",
                               "turn the current transformers round, or swap the two wires of each"));
}

// ---- current transformers ----

double ratio_of(const View& view, Phase p) {
  return static_cast<double>(size_of(view.change.current[p]).count()) / static_cast<double>(view.step.count());
}

std::string factor_words(double ratio) {
  return ratio >= 1 ? fmt::format("{:.2f} times", ratio) : fmt::format("1/{:.2f} of", 1 / ratio);
}

void judge_ratio(const View& view, Findings& findings) {
  std::vector<Phase> wrong;
  double least = 1e9, most = 0;
  for (const Phase p : view.seen) {
    const double ratio = ratio_of(view, p);
    if (std::abs(ratio - 1) <= kSameRatio) continue;
    wrong.push_back(p);
    least = std::min(least, ratio);
    most = std::max(most, ratio);
  }
  const std::string against = view.measured_step ? "what the device itself measures" : "what was written to it";
  if (!view.measured_step && (wrong.empty() || most <= 1)) {
    findings.push_back(
        ok("current transformers: the device measures no current, so only that it keeps its limit is seen"));
    return;
  }
  if (wrong.empty()) {
    findings.push_back(
        ok(fmt::format("current transformers: the meter shows {} to within {:.0f} %", against, kSameRatio * 100)));
    return;
  }
  const bool alike = most - least <= kSameAmongPhases * most;
  const bool all = alike && wrong.size() == view.seen.size();
  const double mean = (least + most) / 2;
  const std::string whose = all ? "all of them" : names(wrong);
  findings.push_back(failure(
      fmt::format("current transformers: on {} the meter shows {} {}", names(wrong), factor_words(mean), against),
      alike ? fmt::format("multiply the ratio that is set in the meter for {} by {:.3f}, or look at what is printed on "
                          "the current transformers",
                          whose, 1 / mean)
            : fmt::format("compare what is printed on the current transformers of {} with what is set in the meter",
                          whose)));
}

}  // namespace

Findings judge_meter(const CommissionedDevice& device, const Measures& measures, const std::optional<Change>& change,
                     const std::optional<PerPhase<Milliamps>>& own) {
  if (!change)
    return {warning("meter: none was read, so phases and signs are not proven",
                    "commission it where site.yaml is, or with --site FILE")};
  const Level& low = measures.levels[measures.levels.size() - 2];
  const Milliamps written = measures.levels.back().written.current - low.written.current;
  View view{device,         *change, expected_phases(device, own), seen_phases(*change), own ? own->largest() : written,
            own.has_value()};
  Milliamps most;
  for (const Phase p : kPhases) most = std::max(most, size_of(change->current[p]));
  if (most < kLeastSeen || most * 20 < view.step)
    return {
        failure(fmt::format("meter: sees nothing of the {} that the device changed", shown_amps(view.step)),
                "is the device behind this meter (--meter NAME)? are the current transformers closed and connected?")};
  if (is_noisy(*change, view.seen))
    return {warning(fmt::format("meter: others switched too much meanwhile ({} between the steps): nothing is proven",
                                per_phase_words(change->spread)),
                    "commission it once more when it is quieter, or with --rises 5")};
  Findings findings;
  judge_phases(view, findings);
  judge_direction(view, findings);
  judge_ratio(view, findings);
  return findings;
}

}  // namespace balans::cli
