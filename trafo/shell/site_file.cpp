#include "trafo/shell/site_file.hpp"

#include <set>

#include "common/io/config/config.hpp"
#include "common/io/mqtt/broker_config.hpp"
#include "common/messages/topics.hpp"

namespace balans {
namespace {

constexpr Milliamps kMostAmps = 5000_A;

PhaseSet phase_set(const std::vector<Phase>& phases) {
  PhaseSet set;
  for (Phase p : phases) set.insert(p);
  return set;
}

Enrolment read_enrolment(const config::Section& entry) {
  Enrolment agent;
  agent.id = entry.required("id").name<AgentId>();
  agent.key = entry.required("key").public_key();
  agent.kind = entry.required("kind").parse([](std::string_view text) { return parse_name<DeviceKind>(text); });
  agent.phases = phase_set(entry.required("phases").phases());
  agent.max = entry.required("max_a").amps(1_A, kMostAmps);
  const config::OptionalValue failsafe = entry.optional("failsafe_a");
  agent.failsafe = failsafe.amps(0_A, kMostAmps).value_or(0_A);
  if (agent.failsafe > agent.max) failsafe.refuse("is above max_a");
  agent.device_fallback = entry.optional("device_fallback_a").amps(0_A, kMostAmps).value_or(0_A);
  agent.settle = entry.optional("settle_s").seconds(1_s, 600_s).value_or(defaults::kSettle);
  agent.revert = entry.required("revert_s").seconds_or_none(1_s, 3600_s);
  if (agent.revert && !entry.has("device_fallback_a"))
    entry.refuse("needs device_fallback_a: what the device does by itself once revert_s has passed");
  return agent;
}

void read_transformer(const config::Section& section, Site& site) {
  site.rated = section.required("rated_kva").kva(1_kVA, 5000_kVA);
  site.margin_percent = section.optional("margin_percent").integer(0, 50).value_or(site.margin_percent);
  site.design_peak_base = PerPhase<Milliamps>::all(section.required("design_peak_base_a").amps(0_A, kMostAmps));
  site.feeds_back = section.optional("feeds_back").boolean().value_or(false);
  site.rating = section.required("rating").choice<Rating>({{"static", Rating::Static}});
}

MeterSettings read_meter(const config::Section& section) {
  MeterSettings meter;
  meter.device = section.required("device").text();
  meter.place = read_modbus_place(section);
  meter.poll = section.optional("poll_ms").millis(200_ms, 10_s).value_or(defaults::kMeterPoll);
  const config::OptionalValue phases = section.optional("phases");
  meter.phases = phases.phases().value_or(std::vector<Phase>(kPhases.begin(), kPhases.end()));
  if (meter.phases.size() != kPhases.size())
    phases.refuse("expected all three phases, in the order of the meter's terminals");
  return meter;
}

void read_agents(const config::Section& root, Site& site) {
  std::set<AgentId> seen;
  for (const config::Section& entry : root.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents))) {
    site.agents.push_back(read_enrolment(entry));
    if (site.agents.back().id.str() == topics::kTrafo) entry.refuse("'trafo' is the controller's own name");
    if (!seen.insert(site.agents.back().id).second)
      entry.refuse("agent '" + site.agents.back().id.str() + "' is enrolled twice");
  }
}

std::string read_url(const config::Section& api) {
  const auto url = api.required("url");
  std::string text = url.text();
  if (!text.starts_with("https://") && !text.starts_with("http://")) url.refuse("expected https://… or http://…");
  while (text.ends_with('/')) text.pop_back();
  return text;
}

SiteFile read(const config::Section& root) {
  SiteFile file;
  file.site.id = root.required("site").name<SiteId>();
  file.deployment = root.required("deployment").deployment();
  const config::Section keys = root.section("keys");
  file.trafo_key = keys.required("trafo").path();
  file.site_key = keys.required("site").path();
  file.broker = read_broker(root.section("broker"));
  file.state_dir = root.required("state_dir").path();
  file.devices_dir = root.required("devices_dir").path();
  file.status_file = root.optional("status_file").path();
  read_transformer(root.section("transformer"), file.site);
  file.meter = read_meter(root.section("meter"));
  if (const auto lease = root.optional_section("lease")) {
    file.site.ttl = lease->optional("ttl_s").seconds(1_s, defaults::kTtlMax).value_or(defaults::kTtl);
    file.site.failsafe_hold = lease->optional("failsafe_hold_s").seconds(1_s, 3600_s).value_or(defaults::kFailsafeHold);
  }
  file.site.tick = root.optional("tick_ms").millis(100_ms, 10_s).value_or(defaults::kTick);
  read_agents(root, file.site);
  if (const auto api = root.optional_section("api")) file.api_url = read_url(*api);
  return file;
}

}  // namespace

Result<SiteFile> load_site(const std::filesystem::path& path) {
  auto file = config::File::load(path);
  if (!file) return file.error();
  SiteFile site = read(file->root());
  if (const auto fine = file->finish(); !fine) return fine.error();
  if (const auto fits = check_enrolment(site.site); !fits) return fits.error().within(path.string());
  return site;
}

}  // namespace balans
