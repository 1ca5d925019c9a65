#include <fmt/format.h>

#include "cli/stepping.hpp"
#include "cli/wording.hpp"

namespace balans::cli {
namespace {

std::string shown_words(const Step& step) {
  if (!step.shown) return "cannot tell its limit";
  if (step.shown_after) return fmt::format("showed it after {}", shown_seconds(*step.shown_after));
  return fmt::format("DID NOT TAKE IT: shows {}", shown_amps(*step.shown));
}

std::string current_words(const Step& step) {
  if (!step.current) return "shows no current";
  if (!step.within_after && step.problem) return fmt::format("drew {} when last seen", shown_amps(*step.current));
  if (!step.within_after) return fmt::format("DRAWS MORE: {}", shown_amps(*step.current));
  return fmt::format("draws {}, inside the limit after {}", shown_amps(*step.current),
                     shown_seconds(*step.within_after));
}

}  // namespace

std::string step_text(const Step& step) {
  std::string text = fmt::format("  {:<8} {:<9}", step.name, shown_amps(step.asked));
  if (!step.written) return text + " NOT WRITTEN: " + step.problem.value_or("") + "\n";
  if (step.written->power) text += fmt::format(" ({} W)", step.written->power->count());
  text += fmt::format(" {}; {}\n", shown_words(step), current_words(step));
  if (step.problem) text += "    not watched to the end: " + *step.problem + "\n";
  return text;
}

std::string outcome_text(const Stepping& stepping, const DeviceDescription& device) {
  std::string text;
  if (stepping.problem) text += "  ended early: " + *stepping.problem + "\n";
  if (!stepping.before || (!stepping.put_back && !stepping.not_put_back)) return text + "  nothing was written\n";
  const std::string before = shown_amps(*stepping.before);
  if (!stepping.not_put_back) {
    text += fmt::format("  back at {}, what it was\n", before);
  } else if (stepping.put_back) {
    text += fmt::format("  NOT BACK at {}: now at {} ({})\n", before, shown_amps(stepping.put_back->current),
                        *stepping.not_put_back);
  } else {
    text += fmt::format("  THE OLD LIMIT OF {} COULD NOT BE WRITTEN: {}\n  Set it on the device itself.\n", before,
                        *stepping.not_put_back);
  }
  if (device.control && device.control->watchdog)
    text += "  when nobody talks to it now: " + watchdog_words(*device.control) + "\n";
  return text;
}

}  // namespace balans::cli
