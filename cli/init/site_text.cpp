#include <fmt/format.h>

#include "cli/agent_part.hpp"
#include "cli/init/site_plan.hpp"
#include "common/io/device_file/shown.hpp"
#include "common/io/device_file/units.hpp"

namespace balans::cli {
namespace {

/// `key: value` with a comment in the column where all of them stand.
std::string line(const std::string& text, const std::string& comment) {
  return comment.empty() ? text + "\n" : fmt::format("{:<37} # {}\n", text, comment);
}

std::string seconds_number(Millis time) { return decimal(time.count(), 3); }

std::string head(const SitePlan& plan) {
  return "# The controller at the transformer, written by `balans init trafo`. `man balans-site.yaml` explains every "
         "key,\n"
         "# and has more of them. Each number has its unit at the end of its key. Paths are relative to this file.\n"
         "# After a change: balans check, then systemctl restart balans-trafo.\n\n" +
         line("site: " + plan.site.str(), "part of every topic; the same in each agents/NAME.yaml") +
         fmt::format("deployment: \"{}\"   # random, the same everywhere\n", to_hex(plan.deployment.bytes)) +
         "keys:\n" + line("  trafo: keys/trafo.key", "signs limits; the agents have pinned its public half") +
         line("  site: keys/site.key", "signs what goes to the api") +
         "broker: { host: 127.0.0.1, port: 8883, tls: { ca: tls/ca.crt, cert: tls/trafo.crt, key: tls/trafo.key } }\n" +
         line("state_dir: /var/lib/balans/trafo", "must survive a restart") + "status_file: /run/balans/trafo.json\n" +
         "devices_dir: \"" + plan.devices_dir.string() + "\"\n\n";
}

/// What flows into a short circuit at its low-voltage side: the rated current through its impedance alone.
std::string impedance_comment(const SitePlan& plan) {
  if (plan.impedance.empty()) return "";
  const auto percent = in_base_units(plan.impedance, {Dimension::None, 3});
  if (!percent || *percent <= 0) return "";
  const std::int64_t rated = plan.rated.count() * 1'000'000 / 3 / defaults::kNominal.count();
  return fmt::format(
      "  # impedance {} %: a short circuit at its terminals draws at most {} kA. For whoever chooses the\n"
      "  # fuses; no limit here depends on it.\n",
      plan.impedance, decimal(rated * 100 / *percent, 3));
}

std::string transformer(const SitePlan& plan) {
  return "transformer:\n" +
         line(fmt::format("  rated_kva: {}", decimal(plan.rated.count(), 3)),
              "name plate; a third of it on each phase") +
         impedance_comment(plan) +
         line("  design_peak_base_a: " + amps_number(plan.base),
              "per phase: the most that nobody controls. Assumed while the meter fails") +
         line("  rating: static", "never more than the name plate") + line("  margin_percent: 3", "never granted") +
         "\nmeter:                                # of the transformer\n  device: " + plan.meter.device + "\n" +
         endpoint_keys(plan.meter.place.endpoint, plan.meter.place.unit, "  ") +
         line("  phases: [L1, L2, L3]", "the grid phase on each of the meter's terminals") + "\n";
}

std::string feeders(const SitePlan& plan) {
  if (plan.feeders.empty()) return "";
  std::string text = "nodes:                                # below the transformer, with fuses of their own\n";
  for (const FeederPlan& feeder : plan.feeders) {
    text += "  - name: " + feeder.name + "\n";
    if (!feeder.parent.empty()) text += "    parent: " + feeder.parent + "\n";
    text += line("    max_a: " + amps_number(feeder.max), "fuse or cable, per phase");
    text += line("    design_peak_base_a: " + amps_number(feeder.base), "what else it may carry");
  }
  return text + "\n";
}

std::string feed_lines(const DevicePlan& device) {
  if (device.max_feed == 0_A) return "";
  return line("    max_feed_a: " + amps_number(device.max_feed), "the most it can feed in") +
         line("    failsafe_feed_a: 0", "and without a lease") +
         line("    fallback_feed_a: " + amps_number(device.fallback_feed), "and by itself");
}

}  // namespace

std::string amps_number(Milliamps current) { return decimal(current.count(), 3); }

std::string phase_names(const std::vector<Phase>& phases) {
  std::string text;
  for (const Phase p : phases) text += (text.empty() ? "[" : ", ") + std::string(name_of(p));
  return text + "]";
}

std::string enrolment_text(const DevicePlan& device) {
  std::string text = "  - id: " + device.id.str() + "\n";
  text += "    key: \"" + to_hex(device.key.bytes) + "\"\n";
  text += "    kind: " + std::string(name_of(device.kind)) + "\n";
  if (!device.node.empty()) text += "    node: " + device.node + "\n";
  text += line("    phases: " + phase_names(device.phases), "that it can load");
  text += line("    max_a: " + amps_number(device.max), "the most it can draw, on each phase");
  text += line("    failsafe_a: " + amps_number(device.failsafe), "what it takes when it hears nobody");
  text += line("    device_fallback_a: " + amps_number(device.fallback), "what it does by itself, its agent silent");
  text += feed_lines(device);
  if (device.settle) text += line("    settle_s: " + seconds_number(*device.settle), "from a setpoint to the current");
  text += line("    revert_s: " + (device.revert ? seconds_number(*device.revert) : "none"),
               device.revert ? "its own watchdog" : "no watchdog: what it holds stays booked while it is silent");
  if (device.contactor) text += line("    contactor_s: " + seconds_number(*device.contactor), "of its supply");
  return text;
}

std::string site_text(const SitePlan& plan) {
  std::string text =
      head(plan) + transformer(plan) + feeders(plan) +
      "# Who is enrolled. What is booked for a device never depends on what it says of itself. A key of zeros is\n"
      "# nobody's: pairing puts the device's own there.\n";
  text += plan.devices.empty() ? "agents: []\n" : "agents:\n";
  for (const DevicePlan& device : plan.devices) text += enrolment_text(device);
  if (!plan.api_url.empty())
    text += "\napi:                                  # where readings and the live state go\n  url: \"" + plan.api_url +
            "\"\n";
  return text;
}

}  // namespace balans::cli
