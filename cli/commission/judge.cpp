#include "cli/commission/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/commission/ready.hpp"
#include "cli/commission/trace.hpp"
#include "cli/wording.hpp"

namespace balans::cli {
namespace {

constexpr Milliamps kNothing = 500_mA;

Milliamps tolerance(Milliamps limit) { return std::max(1_A, limit * 5 / 100); }

std::string both_files(const CommissionedDevice& device) {
  return fmt::format("{} and its entry in site.yaml", device.config.string());
}

std::string whole_seconds(Millis time) { return std::to_string((time.count() + 999) / 1000); }

// ---- limits ----

void judge_limits(const CommissionedDevice& device, const Measures& measures, Findings& findings) {
  const std::size_t before = findings.size();
  for (const Level& level : measures.levels) {
    const Milliamps limit = level.written.current;
    if (level.shown && *level.shown > limit)
      findings.push_back(failure(
          fmt::format("limit: was told {} and shows {}", shown_amps(limit), shown_amps(*level.shown)),
          fmt::format("balans test-device {}; is it the device that its file describes?", device.config.string())));
    if (level.own && level.own->largest() > limit + tolerance(limit))
      findings.push_back(
          failure(fmt::format("limit: draws {} at a limit of {}", shown_amps(level.own->largest()), shown_amps(limit)),
                  fmt::format("a contactor in its supply, or device_fallback_a: {} and revert_s: none in {}",
                              shown_amps(device.max), both_files(device))));
    if (findings.size() > before) return;
  }
  findings.push_back(ok(fmt::format("limit: kept at {} and at {}", shown_amps(measures.levels.front().written.current),
                                    shown_amps(measures.levels.back().written.current))));
}

// ---- is there anything to see ----

std::optional<Finding> nothing_to_see(const CommissionedDevice& device, const Measures& measures) {
  if (measures.levels.size() < 2) return failure("steps: none was made to the end", "see above; then once more");
  const Level& high = measures.levels[1];
  const std::string remedy =
      fmt::format("needed: {}; then: sudo balans commission --device {}", needs_of(device), device.name);
  if (high.own && high.own->largest() < kNothing)
    return failure("steps: it drew nothing, so nothing is proven", remedy);
  const auto own = own_change(measures.levels);
  if (own && own->largest() < 1_A)
    return failure(
        fmt::format("steps: it drew {} whatever its limit was, so nothing is proven", shown_amps(high.own->largest())),
        remedy);
  return std::nullopt;
}

// ---- settling ----

std::optional<Millis> settling(const Measures& measures) {
  std::optional<Millis> worst;
  std::vector<Millis> by_meter;
  for (const Level& level : measures.levels) {
    if (level.own_settled) worst = std::max(worst.value_or(Millis()), *level.own_settled);
    if (level.grid_settled) by_meter.push_back(*level.grid_settled);
  }
  if (worst || by_meter.empty()) return worst;
  std::ranges::sort(by_meter);  // others may have switched meanwhile: the middle one
  return by_meter[by_meter.size() / 2];
}

void judge_settling(const CommissionedDevice& device, const Measures& measures, Findings& findings) {
  const auto settled = settling(measures);
  const bool at_rest = std::ranges::all_of(measures.levels, &Level::came_to_rest);
  if (!settled) {
    findings.push_back(warning("settling: neither the device nor a meter shows when it follows",
                               fmt::format("keep settle_s generous in {}", both_files(device))));
    return;
  }
  const Millis counted = device.enrolled ? std::min(device.settle, device.enrolled->settle) : device.settle;
  const std::string text =
      fmt::format("settling: {} at most, settle_s is {}", rounded_seconds(*settled), shown_seconds(counted));
  if (*settled > counted)
    findings.push_back(
        failure(text, fmt::format("settle_s: {} in {}", whole_seconds(*settled + 1_s), both_files(device))));
  else
    findings.push_back(ok(text));
  if (!at_rest)
    findings.push_back(warning("settling: it did not come to rest at every step", "needed: " + needs_of(device)));
}

// ---- silence ----

/// What it draws after the silence: by its own measuring, else by what the meter has seen go, as a share of what it saw
/// come. So neither a wrong sign nor a wrong ratio matters.
std::optional<Milliamps> drawn_after(const Measures& measures) {
  const Silence& silence = *measures.silence;
  if (silence.own) return silence.own->largest();
  const Level& high = measures.levels.back();
  const Level& low = measures.levels[measures.levels.size() - 2];
  if (!silence.grid || !high.grid || !low.grid) return std::nullopt;
  std::int64_t went = 0, came = 0;
  for (const Phase p : kPhases) {
    const std::int64_t change = (high.grid->current[p] - low.grid->current[p]).count();
    if (std::abs(change) <= std::abs(came)) continue;
    came = change;
    went = (high.grid->current[p] - silence.grid->current[p]).count();
  }
  if (came == 0) return std::nullopt;
  const Milliamps step = high.written.current - low.written.current;
  return std::max(0_A, high.written.current - step * went / came);
}

/// `counted`: what it may draw by then.
void judge_fall(const CommissionedDevice& device, const Measures& measures, Milliamps counted, Findings& findings) {
  const Silence& silence = *measures.silence;
  const auto drawn = drawn_after(measures);
  const Level& high = measures.levels.back();
  const std::string after = "silence: " + rounded_seconds(silence.lasted) + " without a word";
  const std::string remedy = device.contactor
                                 ? "look at the contactor's own time-out, and at its wiring"
                                 : fmt::format(
                                       "set its watchdog on the device itself; else revert_s: none in {}, a "
                                       "contactor in its supply, or device_fallback_a: {} (what it may draw for "
                                       "ever)",
                                       both_files(device), shown_amps(device.max));
  if (!drawn) {
    findings.push_back(
        warning(after + ", and nothing shows what it draws", "commission it where its meter can be read"));
  } else if (*drawn > counted + tolerance(counted)) {
    findings.push_back(failure(
        fmt::format("{}, and it still draws {}: {} is counted on", after, shown_amps(*drawn), shown_amps(counted)),
        remedy));
  } else if (high.own && high.own->largest() <= counted + tolerance(counted)) {
    findings.push_back(
        warning(fmt::format("silence: it drew no more than {} before, which it may: not proven", shown_amps(counted)),
                "needed: " + needs_of(device)));
  } else {
    findings.push_back(
        ok(fmt::format("{}: falls to {}, {} is counted on", after, shown_amps(*drawn), shown_amps(counted))));
  }
}

void judge_fall_time(const CommissionedDevice& device, const Measures& measures, Findings& findings) {
  const Silence& silence = *measures.silence;
  if (!silence.fell_after) return;
  // How long the device takes to follow is judged above.
  const Millis follows = std::max(device.settle, settling(measures).value_or(Millis()));
  const Millis counted = (device.contactor ? device.contactor->drops_out : *device.revert) + follows;
  const std::string text = fmt::format("silence: came down after {}, {} is counted on",
                                       rounded_seconds(*silence.fell_after), shown_seconds(counted));
  if (*silence.fell_after <= counted)
    findings.push_back(ok(text));
  else
    findings.push_back(
        failure(text, fmt::format("revert_s: {} in {}", whole_seconds(*silence.fell_after), both_files(device))));
}

void judge_silence(const CommissionedDevice& device, const Measures& measures, Findings& findings) {
  if (!device.revert && !device.contactor) {
    findings.push_back(
        ok(fmt::format("silence: not tried; nobody counts on its watchdog (revert_s: none), {} stay booked",
                       shown_amps(device.enrolled ? device.enrolled->max : device.max))));
    return;
  }
  if (!measures.silence) return;
  const Milliamps counted = device.contactor ? 0_A : device.fallback;
  judge_fall(device, measures, counted, findings);
  judge_fall_time(device, measures, findings);
}

// ---- agent.yaml and site.yaml ----

void judge_enrolment(const CommissionedDevice& device, Findings& findings) {
  if (!device.enrolled) return;
  const EnrolledDevice& enrolled = *device.enrolled;
  const std::size_t before = findings.size();
  const auto differ = [&](const std::string& what, const std::string& remedy) {
    findings.push_back(failure("enrolment: " + what, remedy + " in site.yaml"));
  };
  if (enrolled.max < device.max)
    differ(
        fmt::format("books {} at most, and its agent goes up to {}", shown_amps(enrolled.max), shown_amps(device.max)),
        "max_a: as in " + device.config.string());
  if (enrolled.fallback < device.fallback)
    differ(fmt::format("counts on a fallback of {}, and its agent sets {}", shown_amps(enrolled.fallback),
                       shown_amps(device.fallback)),
           "device_fallback_a: " + shown_amps(device.fallback));
  if (enrolled.failsafe < device.failsafe)
    differ(fmt::format("books a failsafe of {}, and its agent takes {}", shown_amps(enrolled.failsafe),
                       shown_amps(device.failsafe)),
           "failsafe_a: " + shown_amps(device.failsafe));
  if (enrolled.revert && (!device.revert || *device.revert > *enrolled.revert))
    differ(fmt::format("counts on its watchdog after {}, its agent {}", shown_seconds(*enrolled.revert),
                       device.revert ? "after " + shown_seconds(*device.revert) : std::string("does not")),
           device.revert ? "revert_s: " + whole_seconds(*device.revert) : std::string("revert_s: none"));
  if (findings.size() == before) findings.push_back(ok("enrolment: site.yaml books what its agent may do"));
}

void judge_end(const Measures& measures, Findings& findings) {
  if (measures.not_put_back)
    findings.push_back(failure("given back: the old limit could not be written: " + *measures.not_put_back,
                               "set it on the device itself"));
  else if (measures.put_back)
    findings.push_back(ok("given back: at " + shown_amps(measures.put_back->current)));
}

}  // namespace

Findings judge(const CommissionedDevice& device, const Measures& measures) {
  Findings findings;
  if (measures.problem)
    findings.push_back(
        failure("ended early: " + *measures.problem, "sudo balans test-device " + device.config.string()));
  judge_enrolment(device, findings);
  if (auto nothing = nothing_to_see(device, measures)) {
    findings.push_back(*std::move(nothing));
  } else {
    judge_limits(device, measures, findings);
    append(findings, judge_meter(device, measures, grid_change(measures.levels), own_change(measures.levels)));
    judge_settling(device, measures, findings);
    judge_silence(device, measures, findings);
  }
  judge_end(measures, findings);
  return findings;
}

}  // namespace balans::cli
