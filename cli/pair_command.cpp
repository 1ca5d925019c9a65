#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <regex>

#include "cli/commands.hpp"
#include "cli/pairing_places.hpp"
#include "cli/place.hpp"
#include "common/io/runtime/program.hpp"
#include "common/messages/messages.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans pair";

struct Arguments {
  // The controller's side.
  bool listen = false;
  CaPlaces places = installed_places();
  std::string only, broker_host, kind, phases, max_a, node;
  std::uint16_t port = kPairingPort;
  std::optional<std::string> restart_trafo;
  // The agent's side.
  std::string host, name;
  AgentPlaces agent;
};

/// Whether the value of `what` is one of those that `form` allows; it is written into the config file.
Result<void> check_form(const char* what, const std::string& value, const char* form, const char* expected) {
  if (std::regex_match(value, std::regex(form))) return {};
  return Error{what, "'" + value + "' is not " + expected};
}

Result<void> check_device(const NewDevice& device) {
  if (const auto kind = parse_name<DeviceKind>(device.kind); !kind) return kind.error().within("--kind");
  if (auto fine = check_form("--max-a", device.max_a, R"(\d{1,4}(\.\d{1,3})?)", "a current in ampere"); !fine)
    return fine;
  if (!device.node.empty())
    if (const auto node = AgentId::parse(device.node); !node) return node.error().within("--node");
  return check_form("--phases", device.phases, R"(\[L[123](, ?L[123]){0,2}\])", "a list such as L1,L2,L3");
}

/// A config that the controller refuses is not what it is started again with.
std::string usual_restart(const CaPlaces& places) {
  return "balans-trafo --check --config '" + places.site.string() + "' && systemctl try-restart balans-trafo.service";
}

int fail(const Error& error) {
  fmt::print(stderr, "{}: {}\n", kName, error.message());
  return kExitFailure;
}

void say(const Report& report) {
  for (const std::string& line : report.lines) fmt::print("{}\n", line);
}

void run(const CaPlaces& places, const std::string& command, Report& report) {
  if (command.empty()) return;
  if (const int code = places.run(command); code != 0)
    report.fail(fmt::format("{}: exit code {}. It counts once that is done by hand", command, code));
}

Result<EnrolWish> wish_of(const Arguments& arguments) {
  EnrolWish wish;
  wish.broker_host = arguments.broker_host;
  if (!arguments.only.empty()) {
    const auto only = AgentId::parse(arguments.only);
    if (!only) return only.error().within("--agent");
    wish.only = *only;
  }
  const bool any = !arguments.kind.empty() || !arguments.phases.empty() || !arguments.max_a.empty();
  const bool all = !arguments.kind.empty() && !arguments.phases.empty() && !arguments.max_a.empty();
  if (any && !all) return Error{"", "a new device needs --kind, --phases and --max-a together"};
  if (!all) return wish;
  wish.device = NewDevice{arguments.kind, "[" + arguments.phases + "]", arguments.max_a, arguments.node};
  if (const auto fine = check_device(*wish.device); !fine) return fine.error();
  return wish;
}

int listen(const Arguments& arguments) {
  const auto wish = wish_of(arguments);
  if (!wish) return refuse_to_start(kName, wish.error());
  const auto site = ready_to_enrol(arguments.places, *wish);
  if (!site) return fail(site.error());
  auto listening = pairing::Listening::open(arguments.port);
  if (!listening) return fail(listening.error());
  const pairing::Code code = pairing::Code::fresh();
  fmt::print("Code: {}\n\nOn the agent's machine, within ten minutes:\n  balans pair THIS-MACHINE{} --name {}\n",
             code.shown(), listening->port() == kPairingPort ? "" : fmt::format(":{}", listening->port()),
             arguments.only.empty() ? "NAME" : arguments.only);
  std::fflush(stdout);
  Enrolled done;
  const auto agent = pairing::enrol_one_agent(
      *listening, code, site->site, make_registrar(arguments.places, *wish, done), [](const std::string& event) {
        fmt::print("{}\n", event);
        std::fflush(stdout);
      });
  if (!agent) return fail(agent.error());
  run(arguments.places, arguments.restart_trafo.value_or(usual_restart(arguments.places)), done.report);
  if (done.took_back) run(arguments.places, arguments.places.restart_broker, done.report);
  fmt::print("{} is paired.\n", agent->str());
  say(done.report);
  return done.report.complete ? kExitOk : kExitFailure;
}

/// From the keyboard, or a line of standard input: never from the command line, which every user of a machine can read.
Result<pairing::Code> ask_for_code() {
  if (::isatty(STDIN_FILENO) != 0) {
    fmt::print("The six digits that the controller's side shows: ");
    std::fflush(stdout);
  }
  char line[64] = "";
  if (std::fgets(line, sizeof(line), stdin) == nullptr) return Error{"code", "expected six digits on standard input"};
  auto code = pairing::Code::parse(line);
  wipe(line, sizeof(line));
  return code;
}

int join(const Arguments& arguments) {
  const auto agent = AgentId::parse(arguments.name);
  if (!agent) return refuse_to_start(kName, agent.error().within("--name"));
  const auto place = parse_host(arguments.host, kPairingPort);
  if (!place) return refuse_to_start(kName, place.error());
  AgentPlaces places = arguments.agent;
  for (auto* folder : {&places.keys, &places.tls, &places.agents}) *folder = std::filesystem::absolute(*folder);
  const auto identity = AgentIdentity::load_or_make(places, *agent);
  if (!identity) return fail(identity.error());
  const auto code = ask_for_code();
  if (!code) return fail(code.error());
  Report report;
  const auto store = [&](const pairing::Grant& grant) -> Result<void> {
    auto written = identity->write(grant);
    if (!written) return written.error();
    report = *std::move(written);
    return {};
  };
  const auto grant = pairing::ask_to_be_enrolled({place->host, place->port}, *code, *agent, identity->keys(), store);
  say(report);
  if (!grant) return fail(grant.error());
  fmt::print("{} is paired with site {}.\n", agent->str(), grant->site.str());
  return kExitOk;
}

void add_listen_options(CLI::App& pair, Arguments& a) {
  pair.add_flag("--listen", a.listen, "on the controller's machine: shows a code and waits ten minutes")
      ->group("Controller's side");
  const auto add = [&pair](const char* name, auto& into, const char* text, const char* type) {
    pair.add_option(name, into, text)->type_name(type)->needs("--listen")->group("Controller's side");
  };
  add("--agent", a.only, "takes no other agent than this", "NAME");
  add("--port", a.port, "where to listen (default: 8884)", "PORT");
  add("--config", a.places.site, "the controller's config (default: /etc/balans/site.yaml)", "FILE");
  add("--ca", a.places.ca, "the site's authority (default: /etc/balans/ca)", "DIR");
  add("--broker", a.places.broker, "what the broker reads (default: /etc/balans/broker)", "DIR");
  add("--broker-host", a.broker_host, "what agents reach the broker by (default: what this one reached us by)", "HOST");
  add("--kind", a.kind, "of a device that is not in the config yet: charger, heat-pump, …", "KIND");
  add("--phases", a.phases, "that it can load: L1,L2,L3", "PHASES");
  add("--max-a", a.max_a, "the most it can draw on each", "AMPS");
  add("--node", a.node, "where it is connected (default: at the transformer)", "NAME");
  add("--restart-trafo", a.restart_trafo, "makes the controller read its config anew", "COMMAND");
  add("--restart-broker", a.places.restart_broker, "makes the broker read its list anew", "COMMAND");
}

}  // namespace

std::function<int()> add_pair_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* pair = app.add_subcommand("pair", "makes an agent and its site known to each other, by a six-digit code");
  add_listen_options(*pair, *arguments);
  CLI::Option* host = pair->add_option("HOST", arguments->host, "on the agent's machine: the controller's; HOST:PORT")
                          ->group("Agent's side");
  CLI::Option* name =
      pair->add_option("--name", arguments->name, "the agent's name")->type_name("NAME")->group("Agent's side");
  pair->add_option("--keys", arguments->agent.keys, "default: /etc/balans/keys")
      ->type_name("DIR")
      ->group("Agent's side");
  pair->add_option("--agents", arguments->agent.agents, "config files (default: /etc/balans/agents)")
      ->type_name("DIR")
      ->group("Agent's side");
  pair->add_option("--owner", arguments->agent.owner, "who may read the keys (default: balans-chargepoint)")
      ->type_name("USER")
      ->group("Agent's side");
  pair->add_option_function<std::filesystem::path>(
          "--tls",
          [arguments](const std::filesystem::path& folder) {
            arguments->agent.tls = folder;
            arguments->places.tls = folder;
          },
          "certificates, on both sides (default: /etc/balans/tls)")
      ->type_name("DIR");
  pair->get_option("--listen")->excludes(host)->excludes(name);
  pair->footer(
      "The code is read from the keyboard or standard input. Exit codes: 0 paired, 1 not, 2 the command line.");
  return [arguments] {
    harden_process();
    if (arguments->listen) return listen(*arguments);
    if (arguments->host.empty() || arguments->name.empty())
      return refuse_to_start(kName, {"", "give HOST and --name NAME, or --listen on the controller's machine"});
    return join(*arguments);
  };
}

}  // namespace balans::cli
