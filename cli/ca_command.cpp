#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/ca.hpp"
#include "cli/commands.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans ca";

struct Arguments {
  CaPlaces places = installed_places();
  std::string site;
  std::string name;
  IssueWish wish;
  bool json = false, all = false;
};

int say(const Result<Report>& report) {
  if (!report) {
    fmt::print(stderr, "{}: {}\n", kName, report.error().message());
    return kExitFailure;
  }
  for (const std::string& line : report->lines) fmt::print(report->complete ? stdout : stderr, "{}\n", line);
  return report->complete ? kExitOk : kExitFailure;
}

int list(const Arguments& arguments) {
  const auto issued = ca_list(arguments.places);
  if (!issued) return say(issued.error());
  const UnixTime now = arguments.places.now();
  fmt::print("{}", arguments.json ? ca_list_json(*issued, now) : ca_list_text(*issued, now));
  return kExitOk;
}

void add_places(CLI::App& ca, CaPlaces& places) {
  ca.add_option("--ca", places.ca, "the authority's folder (default: /etc/balans/ca)")->type_name("DIR");
  ca.add_option("--broker", places.broker, "what the broker reads (default: /etc/balans/broker)")->type_name("DIR");
  ca.add_option("--tls", places.tls, "what the services read (default: /etc/balans/tls)")->type_name("DIR");
}

}  // namespace

std::function<int()> add_ca_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CaPlaces& places = arguments->places;
  CLI::App* ca = app.add_subcommand("ca", "the site's certificates: who may speak to the broker");
  ca->require_subcommand(1);
  add_places(*ca, places);
  ca->footer("Exit codes: 0 done, 1 something was not done and a line says what, 2 the command line is wrong.");

  CLI::App* init = ca->add_subcommand("init", "makes the site's authority, once");
  init->add_option("--site", arguments->site, "the site's name, as in site.yaml")->required()->type_name("NAME");

  CLI::App* issue = ca->add_subcommand("issue", "a key and a certificate for a service of this machine");
  issue->add_option("NAME", arguments->wish.name, "trafo, broker, or an agent of this machine")->required();
  issue->add_option("--host", arguments->wish.hosts, "for the broker: a name or address it is reached by; several")
      ->type_name("HOST");
  issue->add_option("--out", arguments->wish.out, "where to")->type_name("DIR");
  issue->add_option("--owner", arguments->wish.owner, "who may read the key (default: the service's user)")
      ->type_name("USER");

  CLI::App* list_app = ca->add_subcommand("list", "what was issued, and until when");
  list_app->add_flag("--json", arguments->json, "for programs");

  CLI::App* renew = ca->add_subcommand("renew", "renews what is past two thirds of its life");
  renew->add_flag("--all", arguments->all, "renews everything now");
  renew->add_option("--reload", places.reload_services, "tells the services")->type_name("COMMAND");

  CLI::App* revoke = ca->add_subcommand("revoke", "takes back all that an agent has: its key, its certificates");
  revoke->add_option("NAME", arguments->name, "the agent")->required();
  revoke->add_option("--config", places.site, "the controller's config (default: /etc/balans/site.yaml)")
      ->type_name("FILE");
  for (CLI::App* sub : {renew, revoke})
    sub->add_option("--restart", places.restart_broker, "restarts the broker")->type_name("COMMAND");
  for (CLI::App* sub : {init, issue, list_app, renew, revoke}) sub->fallthrough();

  return [arguments, ca] {
    harden_process();
    const Arguments& a = *arguments;
    if (ca->got_subcommand("init")) return say(ca_init(a.places, a.site));
    if (ca->got_subcommand("issue")) return say(ca_issue(a.places, a.wish));
    if (ca->got_subcommand("renew")) return say(ca_renew(a.places, a.all ? Which::All : Which::Due));
    if (ca->got_subcommand("revoke")) return say(ca_revoke(a.places, a.name));
    return list(a);
  };
}

}  // namespace balans::cli
