// The controller: its transformer, its meter, what hangs below it, and whether that adds up.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "cli/init/init.hpp"
#include "cli/init/trial.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/topics.hpp"

namespace balans::cli {
namespace {

constexpr const char* kUser = "balans-trafo";
constexpr int kTries = 5;
const std::vector<std::string> kFeederKeys{"max_a", "base_a", "parent"};
const std::vector<std::string> kDeviceKeys{"kind",     "phases",     "max_a",      "failsafe_a",     "node",
                                           "revert_s", "fallback_a", "max_feed_a", "fallback_feed_a"};

constexpr const char* kWhatToDo =
    "\n  That is what they all may draw when nobody hears anybody, on top of what nobody controls. Choose a smaller\n"
    "  failsafe (0 A is the most careful: it waits), fewer devices, a larger fuse, or a smaller peak if the street\n"
    "  really draws less.";

std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    rows.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return rows;
}

/// Refused sums, and what to do about them.
std::string refusal_text(const Tried& tried) {
  if (!tried.over_budget) return tried.problem;
  std::string text;
  for (const std::string& row : rows_of(tried.budget))
    if (row.find(": refused") != std::string::npos) text += (text.empty() ? "" : "\n  ") + row;
  return text + kWhatToDo;
}

Result<Tried> try_plan(Dialogue& dialogue, const Trial& trial, const SitePlan& plan) {
  auto tried = trial.try_site(site_text(plan));
  if (tried && tried->accepted)
    for (const std::string& row : rows_of(tried->budget)) dialogue.explain("  " + row);
  return tried;
}

/// Asks with `ask` until the plan with the answer fits; without a terminal the first answer counts.
template <class Ask>
Result<void> until_it_fits(Dialogue& dialogue, const Trial& trial, SitePlan& plan, const std::string& flag, Ask ask) {
  const SitePlan before = plan;
  for (int tries = 1;; ++tries) {
    plan = before;
    if (const auto asked = ask(plan); !asked) return asked;
    const auto tried = try_plan(dialogue, trial, plan);
    if (!tried) return tried.error();
    if (tried->accepted) return {};
    if (!dialogue.asks() || tries == kTries) return Error{flag, refusal_text(*tried)};
    dialogue.say("  " + refusal_text(*tried) + "\n  Once more:");
  }
}

// ---- the transformer ----

Result<void> ask_transformer(Dialogue& dialogue, const SiteAnswers& answers, SitePlan& plan) {
  const auto site = dialogue.ask({"--site", "What is the site called? (a-z, 0-9 and '-')", ""}, answers.site,
                                 [](const std::string& text) { return SiteId::parse(text); });
  if (!site) return site.error();
  plan.site = *site;
  const auto rated =
      dialogue.ask({"--kva", "What does the transformer's name plate say, in kVA?", ""}, answers.kva, parse_kva);
  if (!rated) return rated.error();
  plan.rated = *rated;
  if (!answers.impedance && !dialogue.asks()) return {};
  const auto impedance =
      dialogue.ask({"--impedance-percent", "And its impedance (u_k), in %? Only noted, empty if it is not known:", ""},
                   answers.impedance, parse_percent);
  if (!impedance) return impedance.error();
  plan.impedance = *impedance;
  return {};
}

Result<void> ask_meter(Dialogue& dialogue, const SiteAnswers& answers, SitePlan& plan) {
  dialogue.explain("\nIts meter, on the low-voltage side, current transformers on all three phases.");
  const auto meter = locate(dialogue, "meter", "--meter-", answers.meter, plan.devices_dir);
  if (!meter) return meter.error();
  plan.meter = {meter->description.name, meter->place};
  return {};
}

Result<void> ask_base(Dialogue& dialogue, const SiteAnswers& answers, SitePlan& plan) {
  dialogue.explain(
      "\nWhat is the most that all the consumption that nobody controls draws on one phase, in a bad winter?\n"
      "That much is kept free whenever the meter cannot be believed.");
  const auto base =
      dialogue.ask({"--base-a", "Design peak of the base load, in A per phase:", ""}, answers.base, parse_amps);
  if (!base) return base.error();
  plan.base = *base;
  return {};
}

// ---- feeders and devices ----

std::string nodes_text(const SitePlan& plan) {
  std::string text = "transformer";
  for (const FeederPlan& feeder : plan.feeders) text += ", " + feeder.name;
  return text;
}

/// "" for the transformer.
Result<std::string> ask_node(Dialogue& dialogue, const std::string& flag, const std::string& text, const Given& given,
                             const SitePlan& plan) {
  if (plan.feeders.empty() && !given) return std::string();
  return dialogue.ask({flag, text + " (" + nodes_text(plan) + ")", "transformer"}, given,
                      [&](const std::string& name) -> Result<std::string> {
                        if (name == "transformer") return std::string();
                        if (std::ranges::find(plan.feeders, name, &FeederPlan::name) != plan.feeders.end()) return name;
                        return Error{"'" + name + "'", "expected one of " + nodes_text(plan)};
                      });
}

Result<void> ask_feeder(Dialogue& dialogue, const NamedParts& given, SitePlan& plan) {
  const std::string flag = "--feeder " + given.name + ",";
  const auto name = AgentId::parse(given.name);
  if (!name) return name.error().within("--feeder");
  const auto max = dialogue.ask({flag + "max_a=", "Its fuse, in A per phase:", ""}, given.part("max_a"), parse_amps);
  if (!max) return max.error();
  const auto base = dialogue.ask({flag + "base_a=", "Of the base load, how much can be on it, in A per phase:", ""},
                                 given.part("base_a"), parse_amps);
  if (!base) return base.error();
  const auto parent = ask_node(dialogue, flag + "parent=", "What does it hang on?", given.part("parent"), plan);
  if (!parent) return parent.error();
  plan.feeders.push_back({given.name, *parent, *max, *base});
  return {};
}

Result<void> ask_currents(Dialogue& dialogue, const std::string& flag, const NamedParts& given, DevicePlan& device) {
  const auto phases =
      dialogue.ask({flag + "phases=", "Which phases can it load?", "L1,L2,L3"}, given.part("phases"), parse_phase_list);
  if (!phases) return phases.error();
  device.phases = *phases;
  const auto max =
      dialogue.ask({flag + "max_a=", "The most it can draw, in A on each phase:", ""}, given.part("max_a"), parse_amps);
  if (!max) return max.error();
  device.max = *max;
  const auto failsafe = dialogue.ask(
      {flag + "failsafe_a=", "What may it draw when it hears nobody (0: it waits; a car wants 6 or more)?", "0"},
      given.part("failsafe_a"), parse_amps);
  if (!failsafe) return failsafe.error();
  device.failsafe = *failsafe;
  return {};
}

/// Batteries and inverters: what comes the other way is booked at its most, until the device's file is known.
Result<void> ask_feed(Dialogue& dialogue, const std::string& flag, const NamedParts& given, DevicePlan& device) {
  const bool feeds = device.kind == DeviceKind::Battery || device.kind == DeviceKind::Inverter;
  if (!feeds && !given.part("max_feed_a")) return {};
  const auto max = dialogue.ask({flag + "max_feed_a=", "The most it can feed in, in A on each phase:", ""},
                                given.part("max_feed_a"), parse_amps);
  if (!max) return max.error();
  device.max_feed = *max;
  const auto fallback =
      dialogue.ask({flag + "fallback_feed_a=", "And by itself, when its agent is silent?", amps_number(*max)},
                   given.part("fallback_feed_a"), parse_amps);
  if (!fallback) return fallback.error();
  device.fallback_feed = *fallback;
  return {};
}

Result<void> ask_habits(Dialogue& dialogue, const std::string& flag, const NamedParts& given, DevicePlan& device) {
  const auto revert =
      dialogue.ask({flag + "revert_s=",
                    "After how many seconds without its agent does it go down by itself? (`balans device show` "
                    "tells; none: it does not)",
                    "none"},
                   given.part("revert_s"), parse_revert);
  if (!revert) return revert.error();
  device.revert = *revert;
  const auto fallback =
      dialogue.ask({flag + "fallback_a=", "And what does it draw by itself then, in A?", amps_number(device.failsafe)},
                   given.part("fallback_a"), parse_amps);
  if (!fallback) return fallback.error();
  device.fallback = *fallback;
  return {};
}

Result<void> ask_device(Dialogue& dialogue, const NamedParts& given, SitePlan& plan) {
  const std::string flag = "--expect " + given.name + ",";
  DevicePlan device;
  const auto id = AgentId::parse(given.name);
  if (!id) return id.error().within("--expect");
  device.id = *id;
  const auto kind = dialogue.ask(
      {flag + "kind=", "What is it? (charger, heat-pump, air-conditioner, boiler, battery, inverter, relay)",
       "charger"},
      given.part("kind"), [](const std::string& text) { return parse_name<DeviceKind>(text); });
  if (!kind) return kind.error();
  device.kind = *kind;
  const auto node = ask_node(dialogue, flag + "node=", "Where is it connected?", given.part("node"), plan);
  if (!node) return node.error();
  device.node = *node;
  if (const auto asked = ask_currents(dialogue, flag, given, device); !asked) return asked;
  if (const auto asked = ask_habits(dialogue, flag, given, device); !asked) return asked;
  if (const auto asked = ask_feed(dialogue, flag, given, device); !asked) return asked;
  plan.devices.push_back(std::move(device));
  return {};
}

/// Before more is asked about it: a name cannot be mended later.
Result<void> name_is_free(const std::string& name, bool taken) {
  const auto valid = AgentId::parse(name);
  if (!valid) return valid.error();
  if (taken || name == topics::kTrafo || name == "transformer")
    return Error{"'" + name + "'", "is taken: each has a name of its own"};
  return {};
}

/// Those of the flags; on a terminal, without flags, one after the other until a name is empty.
template <class IsFree, class AskOne>
Result<void> ask_each(Dialogue& dialogue, const std::string& flag, const std::vector<std::string>& given,
                      const std::vector<std::string>& keys, IsFree is_free, AskOne ask_one) {
  for (const std::string& text : given) {
    const auto parts = parse_named_parts(flag, text, keys);
    if (!parts) return parts.error();
    if (const auto asked = ask_one(*parts); !asked) return asked;
  }
  while (given.empty() && dialogue.asks()) {
    const auto name = dialogue.text_or_nothing({flag, "The next one's name (empty: no more):", ""}, std::nullopt);
    if (!name) return name.error();
    if (name->empty()) break;
    if (const auto fine = is_free(*name); !fine) {
      dialogue.say("  " + fine.error().message());
      continue;
    }
    if (const auto asked = ask_one(NamedParts{*name, {}}); !asked) return asked;
  }
  return {};
}

Result<void> ask_below(Dialogue& dialogue, const SiteAnswers& answers, const Trial& trial, SitePlan& plan) {
  dialogue.explain("\nFeeders and houses with a fuse or cable of their own, from the transformer downwards.");
  const auto free_feeder = [&](const std::string& name) {
    return name_is_free(name, std::ranges::find(plan.feeders, name, &FeederPlan::name) != plan.feeders.end());
  };
  auto asked = ask_each(dialogue, "--feeder", answers.feeders, kFeederKeys, free_feeder, [&](const NamedParts& parts) {
    return until_it_fits(dialogue, trial, plan, "--feeder " + parts.name,
                         [&](SitePlan& p) { return ask_feeder(dialogue, parts, p); });
  });
  if (!asked) return asked;
  dialogue.explain("\nThe devices that will be controlled, each with what it falls back to when it hears nobody.");
  const auto free_device = [&](const std::string& name) {
    const auto same = [&](const DevicePlan& device) { return device.id.str() == name; };
    return name_is_free(name, std::ranges::any_of(plan.devices, same));
  };
  return ask_each(dialogue, "--expect", answers.devices, kDeviceKeys, free_device, [&](const NamedParts& parts) {
    return until_it_fits(dialogue, trial, plan, "--expect " + parts.name,
                         [&](SitePlan& p) { return ask_device(dialogue, parts, p); });
  });
}

/// Who charges when is nobody's business on the way.
Result<void> is_private(const std::string& url) {
  if (url.empty() || url.starts_with("https://")) return {};
  for (const std::string here : {"http://127.0.0.1", "http://localhost", "http://[::1]"})
    if (url.starts_with(here) && (url.size() == here.size() || std::strchr(":/", url[here.size()]) != nullptr))
      return {};
  return Error{"--api", "'" + url + "': expected https://…, or http:// to this machine itself"};
}

Result<void> ask_api(Dialogue& dialogue, const SiteAnswers& answers, SitePlan& plan) {
  const auto url = dialogue.text_or_nothing(
      {"--api", "\nWhere do readings go? https://… of an api, empty for nowhere:", ""}, answers.api);
  if (!url) return url.error();
  if (const auto fits = is_private(*url); !fits) return fits.error();
  plan.api_url = *url;
  return {};
}

/// A site that is written anew keeps its deployment and the keys of those that were paired: they have pinned it.
Result<void> keep_identities(const std::filesystem::path& file, SitePlan& plan, Report& report) {
  const auto before = read_site_facts(file);
  if (!before) return {};
  const auto older = place_for_older(file);
  if (!older) return older.error();
  plan.deployment = before->deployment;
  int kept = 0;
  for (DevicePlan& device : plan.devices)
    if (const auto* entry = before->find(device.id); entry != nullptr && entry->key != kNobody) {
      device.key = entry->key;
      ++kept;
    }
  report.add(
      fmt::format("{}: the older one. Its deployment id and the keys of {} devices are kept", older->string(), kept));
  std::string gone;
  for (const auto& entry : before->agents)
    if (std::ranges::find(plan.devices, entry.id, &DevicePlan::id) == plan.devices.end())
      gone += (gone.empty() ? "" : ", ") + entry.id.str();
  if (!gone.empty())
    report.add("NO LONGER ENROLLED, because not named this time: " + gone + ". Their entries stand in " +
               older->string());
  return {};
}

Result<SitePlan> ask_plan(Dialogue& dialogue, const SiteAnswers& answers, const InitPlaces& places,
                          const Trial& trial) {
  SitePlan plan;
  const auto devices = device_folder(places);
  if (!devices) return devices.error();
  plan.devices_dir = *devices;
  plan.deployment.bytes = random_bytes32();
  if (const auto asked = ask_transformer(dialogue, answers, plan); !asked) return asked.error();
  if (const auto asked = ask_meter(dialogue, answers, plan); !asked) return asked.error();
  const auto based =
      until_it_fits(dialogue, trial, plan, "--base-a", [&](SitePlan& p) { return ask_base(dialogue, answers, p); });
  if (!based) return based.error();
  if (const auto asked = ask_below(dialogue, answers, trial, plan); !asked) return asked.error();
  if (const auto asked = ask_api(dialogue, answers, plan); !asked) return asked.error();
  return plan;
}

void tell_next(const SitePlan& plan, const PublicKey& site_key, Report& report) {
  report.add("Next:");
  report.add("  sudo install.sh trafo                  certificates, broker, and the controller starts");
  for (const DevicePlan& device : plan.devices)
    if (device.key == kNobody)
      report.add(
          fmt::format("  {0}: on this machine `balans init chargepoint {0}`; elsewhere `balans pair --listen "
                      "--agent {0}`",
                      device.id.str()));
  if (!plan.api_url.empty())
    report.add(fmt::format("  on the api's machine: balans init api --site {} --site-key {} --deployment {}",
                           plan.site.str(), to_hex(site_key.bytes), to_hex(plan.deployment.bytes)));
  report.add("  balans check --explain                 says what all of this comes to");
}

}  // namespace

Result<Report> init_site(Dialogue& dialogue, const SiteAnswers& answers, const InitPlaces& places) {
  const auto file = places.config / "site.yaml";
  if (const auto fine = may_write(places, file); !fine) return fine.error();
  const auto trial = Trial::begin(places.config, places.programs);
  if (!trial) return trial.error();
  auto plan = ask_plan(dialogue, answers, places, *trial);
  if (!plan) return plan.error();
  Placing placing(places);
  if (const auto begun = placing.begin(); !begun) return begun.error();
  if (const auto fine = may_write(places, file); !fine) return fine.error();
  if (const auto kept = keep_identities(file, *plan, placing.report()); !kept) return kept.error();
  const auto tried = trial->try_site(site_text(*plan));
  if (!tried) return tried.error();
  if (!tried->accepted) return Error{"", refusal_text(*tried)};
  if (const auto made = placing.key("trafo", kUser); !made) return made.error();
  const auto site_key = placing.key("site", kUser);
  if (!site_key) return site_key.error();
  const auto written = placing.config(ConfigKind::Site, file, site_text(*plan), kUser);
  if (!written) return written.error();
  placing.keep();
  tell_next(*plan, *site_key, placing.report());
  return placing.report();
}

}  // namespace balans::cli
