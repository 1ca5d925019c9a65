// An agent: its device, what it may draw, what it falls back to, and who it is to its site.
#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "cli/agent_part.hpp"
#include "cli/init/agent_plan.hpp"
#include "cli/init/init.hpp"
#include "cli/init/trial.hpp"
#include "cli/roster.hpp"
#include "cli/wording.hpp"
#include "common/io/config/config.hpp"
#include "common/io/device_file/shown.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::cli {
namespace {

constexpr const char* kUser = "balans-chargepoint";
constexpr Milliamps kMostAmps = 5000_A;

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// ---- who it is ----

/// What site.yaml of this machine says of it.
struct Enrolled {
  DeviceKind kind = DeviceKind::Charger;
  std::vector<Phase> phases;
  Milliamps max, failsafe, max_feed;
  bool counts_on_watchdog = false;
};

struct Home {
  AgentBelonging belonging;
  std::optional<SiteFacts> site;   ///< on this machine
  std::optional<Enrolled> entry;   ///< there
  std::optional<Millis> hold;      ///< as the site says
  std::vector<std::string> nodes;  ///< that a device can be connected to, beside the transformer
};

/// A file that `balans pair` has begun: all but its device.
std::optional<AgentBelonging> begun(const std::filesystem::path& path) {
  const auto file = config::File::load(path);
  if (!file || file->root().has("device")) return std::nullopt;
  const config::Section root = file->root(), broker = root.section("broker"), tls = broker.section("tls");
  AgentBelonging it;
  it.site = root.required("site").name<SiteId>();
  it.deployment = root.required("deployment").deployment();
  it.trafo_key = root.section("keys").required("trafo").public_key();
  it.device_key = root.section("keys").required("device").path().string();
  it.broker_host = broker.required("host").text(255);
  it.broker_port = static_cast<int>(broker.required("port").integer(1, 65535));
  it.ca = tls.required("ca").path().string();
  it.certificate = tls.required("cert").path().string();
  it.key = tls.required("key").path().string();
  return it;
}

Result<AgentBelonging> of_site(const SiteFacts& site, const AgentId& id) {
  const auto trafo = load_signer(site.trafo_key);
  if (!trafo) return trafo.error();
  AgentBelonging it;
  it.site = site.site;
  it.deployment = site.deployment;
  it.trafo_key = (*trafo)->public_key();
  it.device_key = "../keys/" + id.str() + ".key";
  it.broker_host = site.broker.host;
  it.broker_port = site.broker.port;
  it.ca = "../tls/ca.crt";
  it.certificate = "../tls/" + id.str() + ".crt";
  it.key = "../tls/" + id.str() + ".key";
  return it;
}

void read_enrolled(const SiteFacts& site, const AgentId& id, Home& home) {
  const auto file = config::File::load(site.file);
  if (!file) return;
  const config::Section root = file->root();
  if (const auto lease = root.optional_section("lease"))
    home.hold = lease->optional("failsafe_hold_s").seconds(1_s, 3600_s);
  for (const auto& node : root.optional_list("nodes", 1000)) home.nodes.push_back(node.required("name").text());
  for (const auto& entry : root.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents))) {
    if (entry.required("id").text() != id.str()) continue;
    Enrolled enrolled;
    enrolled.kind = entry.required("kind").parse([](std::string_view text) { return parse_name<DeviceKind>(text); });
    enrolled.phases = entry.required("phases").phases();
    enrolled.max = entry.required("max_a").amps(0_A, kMostAmps);
    enrolled.failsafe = entry.optional("failsafe_a").amps(0_A, kMostAmps).value_or(0_A);
    enrolled.max_feed = entry.optional("max_feed_a").amps(0_A, kMostAmps).value_or(0_A);
    enrolled.counts_on_watchdog = entry.required("revert_s").seconds_or_none(1_s, 3600_s).has_value();
    home.entry = enrolled;
  }
}

Result<Home> find_home(const InitPlaces& places, const std::filesystem::path& file, const AgentId& id) {
  Home home;
  const auto site_file = places.config / "site.yaml";
  if (is_there(site_file)) {
    auto site = read_site_facts(site_file);
    if (!site) return site.error();
    home.site = *std::move(site);
    read_enrolled(*home.site, id, home);
  }
  if (auto it = begun(file)) {
    home.belonging = *std::move(it);
    return home;
  }
  if (!home.site)
    return Error{id.str(), "belongs to no site yet: on the controller's machine `balans pair --listen --agent " +
                               id.str() + "`, here `balans pair HOST --name " + id.str() + "`, then this again"};
  auto it = of_site(*home.site, id);
  if (!it) return it.error();
  home.belonging = *std::move(it);
  return home;
}

/// Its name may already belong to a device elsewhere: that one would be locked out.
Result<void> name_is_free(const InitPlaces& places, const Home& home, const AgentId& id) {
  const SiteFacts::Entry* entry = home.site ? home.site->find(id) : nullptr;
  if (entry == nullptr || entry->key == kNobody || places.force) return {};
  const auto signer = load_signer(places.config / "keys" / (id.str() + ".key"));
  if (signer && (*signer)->public_key() == entry->key) return {};
  return Error{id.str(), "is enrolled in " + home.site->file.string() +
                             " with a key that is not on this machine; --force gives it a new one"};
}

// ---- what it can do ----

void explain_device(Dialogue& dialogue, const DeviceDescription& device) {
  dialogue.explain(fmt::format("\n{}: {}.\n  Its watchdog: {}.", title_of(device), limits_words(device),
                               watchdog_words(*device.control)));
  if (const auto why = needs_contactor(device))
    dialogue.explain(
        "  It does not come down by itself when its agent is dead (" + *why +
        "): what it was last told stays booked.\n  A contactor in its supply would bring it down; it is added "
        "to the file by hand.");
}

/// The device has a watchdog, and nobody but whoever set it up knows its time.
bool only_installer_knows_revert(const DeviceDescription& device) {
  const auto& watchdog = device.control->watchdog;
  return watchdog && !needs_contactor(device) && !watchdog->timeout && !watchdog->default_timeout &&
         !watchdog->shows_timeout;
}

Result<void> ask_watchdog(Dialogue& dialogue, const AgentAnswers& answers, AgentPlan& plan) {
  if (answers.revert || only_installer_knows_revert(plan.device.description)) {
    const auto revert = dialogue.ask(
        {"--revert-s", "After how many seconds without its agent is the device set to go down by itself, or none?",
         "none"},
        answers.revert, parse_revert);
    if (!revert) return revert.error();
    plan.revert = *revert;
  }
  if (!answers.fallback) return {};
  const auto fallback = dialogue.ask({"--fallback-a", "", ""}, answers.fallback, parse_amps);
  if (!fallback) return fallback.error();
  plan.fallback = *fallback;
  return {};
}

std::string comma_list(const std::vector<Phase>& phases) {
  std::string text;
  for (const Phase p : phases) text += (text.empty() ? "" : ",") + std::string(name_of(p));
  return text;
}

Result<void> ask_currents(Dialogue& dialogue, const AgentAnswers& answers, const Home& home, AgentPlan& plan) {
  const DeviceDescription& device = plan.device.description;
  const std::string all = device.phases == 1 ? "L1" : "L1,L2,L3";
  const auto phases = dialogue.ask({"--phases", "The grid phase on each of its terminals, in their order:",
                                    home.entry ? comma_list(home.entry->phases) : all},
                                   answers.phases, parse_phase_list);
  if (!phases) return phases.error();
  plan.phases = *phases;
  const CurrentBounds draw = bounds_of(device.control->draw, device.phases);
  const auto min = answers.min ? dialogue.ask({"--min-a", "", ""}, answers.min, parse_amps) : Result(draw.min);
  if (!min) return min.error();
  plan.min = *min;
  const auto max =
      dialogue.ask({"--max-a", "The most it may draw, in A on each phase (of the device, its cable, its fuse):",
                    home.entry ? amps_number(home.entry->max) : ""},
                   answers.max, parse_amps);
  if (!max) return max.error();
  plan.max = *max;
  const std::string usual = home.entry ? amps_number(home.entry->failsafe) : "0";
  const auto failsafe = dialogue.ask(
      {"--failsafe-a",
       fmt::format("What may it draw when it hears nobody? 0, or {} A and more:", amps_number(plan.min)), usual},
      answers.failsafe, parse_amps);
  if (!failsafe) return failsafe.error();
  plan.failsafe = *failsafe;
  return ask_watchdog(dialogue, answers, plan);
}

/// A device that the site does not know: what it draws counts where it is connected, so nobody may guess that.
Result<std::string> ask_node(Dialogue& dialogue, const AgentAnswers& answers, const Home& home) {
  if (!home.site || home.entry || (home.nodes.empty() && !answers.node)) return std::string();
  std::string known = "transformer";
  for (const std::string& node : home.nodes) known += ", " + node;
  return dialogue.ask(
      {"--node",
       answers.id.str() + " is not in " + home.site->file.string() + " yet. Where is it connected? (" + known + ")",
       ""},
      answers.node, [&](const std::string& name) -> Result<std::string> {
        if (name == "transformer") return std::string();
        if (std::ranges::find(home.nodes, name) != home.nodes.end()) return name;
        return Error{"'" + name + "'", "expected one of " + known};
      });
}

Result<AgentPlan> ask_device(Dialogue& dialogue, const AgentAnswers& answers, const InitPlaces& places,
                             const Home& home) {
  AgentPlan plan;
  const auto devices = device_folder(places);
  if (!devices) return devices.error();
  plan.id = answers.id;
  plan.belonging = home.belonging;
  plan.devices_dir = *devices;
  plan.hold = home.hold;
  auto device = locate(dialogue, "device", "--", answers.device, *devices);
  if (!device) return device.error();
  plan.device = *std::move(device);
  if (!plan.device.description.control)
    return Error{"--device", plan.device.description.name + " can only be read: it needs no agent"};
  plan.kind = home.entry ? home.entry->kind : kind_of(plan.device.description);
  if (answers.kind) {
    const auto kind = dialogue.ask({"--kind", "", ""}, answers.kind,
                                   [](const std::string& text) { return parse_name<DeviceKind>(text); });
    if (!kind) return kind.error();
    plan.kind = *kind;
  }
  if (home.entry) plan.max_feed = home.entry->max_feed;
  if (const auto node = ask_node(dialogue, answers, home); node)
    plan.node = *node;
  else
    return node.error();
  explain_device(dialogue, plan.device.description);
  return plan;
}

/// Tries it with the real program, which then tells what the device's own file makes of what was left open.
Result<Offer> try_out(Dialogue& dialogue, const Trial& trial, AgentPlan& plan) {
  const auto tried = trial.try_agent(plan.id, agent_text(plan));
  if (!tried) return tried.error();
  if (!tried->accepted) return Error{"", tried->problem};
  const auto offer = trial.offer_of(plan.id);
  if (!offer) return offer.error();
  plan.revert = offer->revert;
  plan.fallback = offer->device_fallback;
  plan.fallback_feed = offer->fallback_feed;
  dialogue.explain("\n" + tried->silence);
  return offer;
}

Result<Offer> ask_until_accepted(Dialogue& dialogue, const AgentAnswers& answers, const Home& home, const Trial& trial,
                                 AgentPlan& plan) {
  constexpr int kTries = 5;
  const AgentPlan before = plan;
  for (int tries = 1;; ++tries) {
    plan = before;
    if (const auto asked = ask_currents(dialogue, answers, home, plan); !asked) return asked.error();
    auto offer = try_out(dialogue, trial, plan);
    if (offer || !dialogue.asks() || tries == kTries) return offer;
    dialogue.say("  " + offer.error().message() + "\n  Once more:");
  }
}

// ---- its enrolment ----

/// site.yaml with this agent's key, or with a new entry of it.
Result<std::string> enrolled_text(const AgentPlan& plan, const AgentAnswers& answers, const Home& home,
                                  const PublicKey& key) {
  const auto text = read_small_file(home.site->file);
  if (!text) return text.error();
  if (home.entry) return with_key(*text, plan.id, key);
  if (plan.max_feed > 0_A) return Error{home.site->file.string(), "add " + plan.id.str() + " there first: it feeds in"};
  // A time that only the device's file tells is nothing that anybody has seen: commissioning proves it.
  const std::string revert = answers.revert && *plan.revert ? decimal((*plan.revert)->count(), 3) : "none";
  const NewDevice device{std::string(name_of(plan.kind)), phase_names(plan.phases),
                         amps_number(plan.max),           plan.node,
                         amps_number(plan.failsafe),      revert,
                         amps_number(*plan.fallback)};
  return with_entry(*text, plan.id, key, device);
}

/// The sums with it, and whether its offer would be taken.
Result<void> try_enrolment(Dialogue& dialogue, const Trial& trial, const AgentPlan& plan, const std::string& text,
                           const Home& home, const Offer& offer) {
  const auto tried = trial.try_site(text);
  if (!tried) return tried.error();
  if (!tried->accepted) return Error{"", tried->problem};
  dialogue.explain(tried->budget);
  if (const auto taken = trial.site_takes(plan.id, offer); !taken)
    return Error{"",
                 taken.error().what + ". Change its entry in " + home.site->file.string() + " first, or answer less"};
  return {};
}

/// Where the site's authority lies on this machine; elsewhere pairing has brought the certificate.
void add_certificate(const AgentPlan& plan, const CaPlaces& ca, Report& report) {
  if (!is_there(ca.ca / "ca.crt")) {
    if (!is_there(ca.tls / (plan.id.str() + ".crt")))
      report.add("Its certificate: balans ca issue " + plan.id.str() +
                 ", once install.sh trafo has made the authority");
    return;
  }
  if (is_there(ca.tls / (plan.id.str() + ".crt"))) return;
  if (const auto issued = ca_issue(ca, {plan.id.str(), {}, {}, {}}))
    report.lines.insert(report.lines.end(), issued->lines.begin(), issued->lines.end());
  else
    report.fail(issued.error().message() + ". Mend that, then: balans ca issue " + plan.id.str());
}

Result<void> not_revoked(const InitPlaces& places, const Home& home, const AgentId& id, const PublicKey& key) {
  if (!home.site) return {};
  const auto revoked = read_revoked_keys(home.site->revoked_file);
  if (std::ranges::find(revoked.keys, key, &RevokedKey::key) == revoked.keys.end()) return {};
  const std::string own = (places.config / "keys" / (id.str() + ".key")).string();
  return Error{own, "was revoked, so nothing signed with it counts: delete it, then once more with --force"};
}

Result<Report> place(const AgentPlan& plan, const AgentAnswers& answers, const InitPlaces& places, const Home& home,
                     const CaPlaces& ca) {
  Placing placing(places);
  if (const auto begun = placing.begin(); !begun) return begun.error();
  const auto key = placing.key(plan.id.str(), kUser);
  if (!key) return key.error();
  if (const auto counts = not_revoked(places, home, plan.id, *key); !counts) return counts.error();
  const auto file = places.config / "agents" / (plan.id.str() + ".yaml");
  if (const auto written = placing.config(ConfigKind::Agent, file, agent_text(plan), kUser); !written)
    return written.error();
  if (home.site) {
    const auto text = enrolled_text(plan, answers, home, *key);
    const auto written =
        text ? placing.config(ConfigKind::Site, home.site->file, *text, "balans-trafo", Older::UntilNextEnrolment)
             : Result<void>(text.error());
    if (!written) return written.error();
    placing.report().add(plan.id.str() + " is enrolled with its key: systemctl restart balans-trafo");
  }
  placing.keep();
  const bool counts_on_watchdog = home.entry ? home.entry->counts_on_watchdog : answers.revert.has_value();
  if (home.site && !counts_on_watchdog && *plan.revert)
    placing.report().add(
        fmt::format("Its enrolment counts on no watchdog (revert_s: none). Once `balans commission` has "
                    "proved it, write revert_s: {} there",
                    decimal((*plan.revert)->count(), 3)));
  add_certificate(plan, ca, placing.report());
  placing.report().add("Next: sudo install.sh chargepoint starts balans-chargepoint@" + plan.id.str() +
                       "; `balans test-device` proves the device");
  return placing.report();
}

}  // namespace

Result<Report> init_agent(Dialogue& dialogue, const AgentAnswers& answers, const InitPlaces& places,
                          const CaPlaces& ca) {
  const auto file = places.config / "agents" / (answers.id.str() + ".yaml");
  if (!begun(file))
    if (const auto fine = may_write(places, file); !fine) return fine.error();
  const auto home = find_home(places, file, answers.id);
  if (!home) return home.error();
  if (const auto free = name_is_free(places, *home, answers.id); !free) return free.error();
  const auto trial = Trial::begin(places.config, places.programs);
  if (!trial) return trial.error();
  auto plan = ask_device(dialogue, answers, places, *home);
  if (!plan) return plan.error();
  const auto offer = ask_until_accepted(dialogue, answers, *home, *trial, *plan);
  if (!offer) return offer.error();
  if (home->site) {
    const auto text = enrolled_text(*plan, answers, *home, kNobody);
    if (!text) return text.error();
    if (const auto fits = try_enrolment(dialogue, *trial, *plan, *text, *home, *offer); !fits) return fits.error();
  }
  return place(*plan, answers, places, *home, ca);
}

}  // namespace balans::cli
