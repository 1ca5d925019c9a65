#include <fmt/format.h>

#include "cli/agent_part.hpp"
#include "cli/init/agent_plan.hpp"
#include "cli/init/site_plan.hpp"
#include "cli/wording.hpp"
#include "common/io/device_file/shown.hpp"

namespace balans::cli {
namespace {

std::string line(const std::string& text, const std::string& comment) {
  return fmt::format("{:<37} # {}\n", text, comment);
}

std::string belonging_text(const AgentPlan& plan) {
  const AgentBelonging& it = plan.belonging;
  return fmt::format(
             "# The agent beside a device, written by `balans init chargepoint {0}`. `man balans-agent.yaml` explains "
             "every\n"
             "# key. After a change: balans check, then systemctl restart balans-chargepoint@{0}.\n\n"
             "agent: {0}\nsite: {1}\ndeployment: \"{2}\"\nkeys:\n  device: {3}\n"
             "  trafo: \"{4}\"   # the only key whose limits are obeyed\n",
             plan.id.str(), it.site.str(), to_hex(it.deployment.bytes), it.device_key, to_hex(it.trafo_key.bytes)) +
         fmt::format("broker:\n  host: \"{}\"\n  port: {}\n  tls: {{ ca: {}, cert: {}, key: {} }}\n", it.broker_host,
                     it.broker_port, it.ca, it.certificate, it.key) +
         fmt::format(
             "state_dir: /var/lib/balans/chargepoint/{0}\nstatus_file: /run/balans/{0}.json\n"
             "devices_dir: \"{1}\"\n\n",
             plan.id.str(), plan.devices_dir.string());
}

std::string watchdog_lines(const AgentPlan& plan) {
  const DeviceDescription& device = plan.device.description;
  std::string text = "# Its watchdog: " + watchdog_words(*device.control) + ".\n";
  if (plan.revert)
    text += line("revert_s: " + (*plan.revert ? decimal((*plan.revert)->count(), 3) : "none"),
                 *plan.revert ? "so long after its agent's last word" : "none that one can build on");
  if (plan.fallback)
    text += line("device_fallback_a: " + amps_number(*plan.fallback), "what it then goes to by itself");
  if (plan.max_feed > 0_A && plan.fallback_feed)
    text += line("fallback_feed_a: " + amps_number(*plan.fallback_feed), "and feeds in");
  if (const auto why = needs_contactor(device))
    text += "# It does not come down by itself: " + *why +
            ". A contactor in its supply would bring it down:\n"
            "# contactor: { tcp: { host: 192.168.10.22 }, coil: 0, drops_out_s: 10 }\n";
  return text;
}

}  // namespace

std::string agent_text(const AgentPlan& plan) {
  std::string text = belonging_text(plan);
  text += "device:\n  file: " + plan.device.description.name + "\n" +
          endpoint_keys(plan.device.place.endpoint, plan.device.place.unit, "  ") + "\n";
  text += "kind: " + std::string(name_of(plan.kind)) + "\n";
  text += line("phases: " + phase_names(plan.phases), "the grid phase on each of its terminals, in their order");
  text += line("min_a: " + amps_number(plan.min), "smallest current it can run at");
  text += line("max_a: " + amps_number(plan.max), "largest, of the device and of its supply");
  if (plan.max_feed > 0_A) text += line("max_feed_a: " + amps_number(plan.max_feed), "the same of what it feeds in");
  text += "\n" + line("failsafe_a: " + amps_number(plan.failsafe), "what it may draw when it hears nobody");
  if (plan.hold)
    text += line("failsafe_hold_s: " + decimal(plan.hold->count(), 3), "so long at 0 before that; as in site.yaml");
  return text + watchdog_lines(plan);
}

}  // namespace balans::cli
