#include "chargepoint/shell/explain.hpp"

#include "common/io/device_file/shown.hpp"

namespace balans {
namespace {

std::string seconds(Millis time) { return decimal(time.count(), 3) + " s"; }

std::string both(Milliamps draw, Milliamps feed, const AgentSettings& settings) {
  std::string text = shown_amps(draw);
  if (settings.max_feed > 0_A) text += " drawn, " + shown_amps(feed) + " fed in";
  return text;
}

std::string watchdog_text(const AgentSettings& settings) {
  std::string text = settings.revert ? "its own watchdog acts within " + seconds(*settings.revert) + " (revert_s)"
                                     : "nothing brings it down (revert_s: none): it keeps what it was last told, and "
                                       "the controller keeps that booked";
  if (settings.supply)
    text = "its contactor drops out " + seconds(settings.supply->drops_out) + " after the agent's last word; " + text;
  return text;
}

}  // namespace

std::string silence_text(const AgentFile& file) {
  const AgentSettings& settings = file.settings;
  std::string text = settings.id.str() + ", " + file.device.vendor + " " + file.device.model + ":\n";
  text += "  its lease over: 0 A; " + seconds(settings.failsafe_hold) + " later (failsafe_hold_s) its failsafe, " +
          both(settings.failsafe, settings.failsafe_feed, settings) + "\n";
  text += "  its agent dead, or cut off from it: " + watchdog_text(settings) + "\n";
  text += "  by itself it then does " + both(settings.device_fallback, settings.fallback_feed, settings) +
          " at most (device_fallback_a)\n";
  if (settings.refresh) text += "  until then it hears from its agent every " + seconds(*settings.refresh) + "\n";
  if (file.cold_load_pickup > 0_s)
    text += "  after a power cut it draws nothing for a random part of " + seconds(file.cold_load_pickup) + "\n";
  return text;
}

}  // namespace balans
