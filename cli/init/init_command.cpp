#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/init/init.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans init";

struct Arguments {
  std::filesystem::path root = "/";
  InitPlaces places;
  bool silent = false, asks = false;
  SiteAnswers site;
  std::string agent_name;
  AgentAnswers agent;
  ApiAnswers api;
};

Dialogue::Mode mode_of(const Arguments& arguments) {
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && !arguments.silent;
  return terminal || arguments.asks ? Dialogue::Mode::Asks : Dialogue::Mode::Silent;
}

CaPlaces ca_below(const std::filesystem::path& config) {
  CaPlaces places = installed_places();
  places.ca = config / "ca";
  places.broker = config / "broker";
  places.tls = config / "tls";
  places.site = config / "site.yaml";
  return places;
}

int say(const Result<Report>& report) {
  if (!report) {
    fmt::print(stderr, "{}: {}\nNothing was written.\n", kName, report.error().message());
    return kExitBadConfig;
  }
  for (const std::string& line : report->lines) fmt::print("{}\n", line);
  return report->complete ? kExitOk : kExitFailure;
}

/// A flag for a question.
void add(CLI::App& app, const char* name, Given& into, const char* text, const char* type) {
  app.add_option(name, into, text)->type_name(type);
}

void add_locate(CLI::App& app, const std::string& prefix, LocateAnswers& answers) {
  add(app, (prefix + "host").c_str(), answers.host, "where it is: HOST or HOST:PORT (port 502)", "HOST");
  app.add_option(prefix + "serial", answers.serial, "or on which line: /dev/balans/…, or with its settings …,9600,8N1")
      ->type_name("DEV")
      ->excludes(prefix + "host");
  add(app, (prefix + "unit").c_str(), answers.unit, "its unit id (default: the usual one)", "ID");
}

void add_trafo(CLI::App& init, SiteAnswers& answers) {
  CLI::App* app = init.add_subcommand("trafo", "the controller: /etc/balans/site.yaml and its keys");
  add(*app, "--site", answers.site, "what the site is called", "NAME");
  add(*app, "--kva", answers.kva, "of the transformer's name plate", "KVA");
  add(*app, "--impedance-percent", answers.impedance, "of its name plate; only noted", "PERCENT");
  add(*app, "--base-a", answers.base, "the most that nobody controls draws on a phase", "AMPS");
  add_locate(*app, "--meter-", answers.meter);
  add(*app, "--meter", answers.meter.device, "its device file (default: what answers there)", "FILE");
  app->add_option("--feeder", answers.feeders, "NAME,max_a=FUSE,base_a=PEAK[,parent=NAME]; several")
      ->type_name("FEEDER")
      ->allow_extra_args(false);
  app->add_option("--expect", answers.devices,
                  "a device: NAME,kind=charger,max_a=16[,phases=L1+L2+L3][,failsafe_a=6][,node=FEEDER]"
                  "[,revert_s=60][,fallback_a=0][,max_feed_a=A][,fallback_feed_a=A]; several")
      ->type_name("DEVICE")
      ->allow_extra_args(false);
  add(*app, "--api", answers.api, "where readings go: https://…", "URL");
}

void add_chargepoint(CLI::App& init, Arguments& arguments) {
  AgentAnswers& answers = arguments.agent;
  CLI::App* app = init.add_subcommand("chargepoint", "an agent beside a device: /etc/balans/agents/NAME.yaml");
  app->add_option("NAME", arguments.agent_name, "as in site.yaml")->required();
  add_locate(*app, "--", answers.device);
  add(*app, "--device", answers.device.device, "its device file (default: what answers there)", "FILE");
  add(*app, "--kind", answers.kind, "charger, heat-pump, … (default: as its file)", "KIND");
  add(*app, "--phases", answers.phases, "the grid phase on each of its terminals: L1,L2,L3", "PHASES");
  add(*app, "--min-a", answers.min, "smallest current it can run at (default: as its file)", "AMPS");
  add(*app, "--max-a", answers.max, "the most it may draw on each phase", "AMPS");
  add(*app, "--failsafe-a", answers.failsafe, "what it may draw when it hears nobody", "AMPS");
  add(*app, "--revert-s", answers.revert, "its own watchdog, or none (default: as its file)", "SECONDS");
  add(*app, "--fallback-a", answers.fallback, "what it then does by itself (default: as its file)", "AMPS");
  add(*app, "--node", answers.node, "where it is connected, if site.yaml does not know it yet", "NAME");
}

void add_api(CLI::App& init, ApiAnswers& answers) {
  CLI::App* app = init.add_subcommand("api", "the api: /etc/balans/api.yaml");
  add(*app, "--listen", answers.listen, "HOST:PORT (default: 127.0.0.1:8080)", "HOST");
  add(*app, "--database", answers.database, "its SQLite file", "FILE");
  add(*app, "--site", answers.site, "the site (default: that of this machine)", "NAME");
  add(*app, "--site-key", answers.site_key, "its public key", "HEX");
  add(*app, "--deployment", answers.deployment, "its deployment id", "HEX");
  app->add_option("--agent", answers.agents, "a device of it: NAME=KEY; several")
      ->type_name("AGENT")
      ->allow_extra_args(false);
}

int run(const Arguments& arguments, const std::string& part) {
  InitPlaces places = arguments.places;
  places.config = arguments.root / "etc/balans";
  Dialogue dialogue(mode_of(arguments), std::cin, std::cout);
  if (part == "trafo") return say(init_site(dialogue, arguments.site, places));
  if (part == "api") return say(init_api(dialogue, arguments.api, places));
  AgentAnswers answers = arguments.agent;
  const auto id = AgentId::parse(arguments.agent_name);
  if (!id) return refuse_to_start(kName, id.error());
  answers.id = *id;
  return say(init_agent(dialogue, answers, places, ca_below(places.config)));
}

}  // namespace

std::function<int()> add_init_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* init = app.add_subcommand("init", "asks what it has to know and writes keys and a commented config file");
  init->require_subcommand(1);
  init->fallthrough();
  add_trafo(*init, arguments->site);
  add_chargepoint(*init, *arguments);
  add_api(*init, arguments->api);
  for (CLI::App* sub : init->get_subcommands([](const CLI::App*) { return true; })) {
    sub->add_flag("--yes", arguments->silent, "asks nothing: what has no flag is as usual, or an error");
    sub->add_flag("--ask", arguments->asks, "asks, though this is no terminal")->excludes("--yes");
    sub->add_flag("--force", arguments->places.force, "writes over a file that is there; the old one stays beside it");
    sub->add_option("--root", arguments->root, "write below this folder instead of /")->type_name("DIR");
    sub->add_option("--devices", arguments->places.devices, "the folder of device files")->type_name("DIR");
    sub->add_option("--programs", arguments->places.programs, "where balans-trafo and the others lie")
        ->type_name("DIR");
  }
  init->footer("Each question has a flag. Exit codes: 0 written, 1 written but something is left, 2 nothing written.");
  return [arguments, init] {
    harden_process();
    return run(*arguments, init->get_subcommands().front()->get_name());
  };
}

}  // namespace balans::cli
