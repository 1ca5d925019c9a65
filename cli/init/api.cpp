// The api: where it listens, and whose readings it takes.
#include <fmt/format.h>

#include "cli/init/init.hpp"
#include "cli/init/trial.hpp"
#include "cli/place.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::cli {
namespace {

constexpr std::uint16_t kUsualPort = 8080;

struct ApiPlan {
  DeploymentId deployment;
  ModbusTcpEndpoint listen;  ///< host and port
  std::string database;
  ApiFacts::EnrolledSite site;
};

Result<PublicKey> parse_key(const std::string& text) {
  const auto bytes = bytes32_from_hex(text);
  return bytes ? Result<PublicKey>(PublicKey{*bytes}) : Result<PublicKey>(Error{"", "expected 64 hex digits"});
}

/// The site of this machine tells all of it.
Result<void> take_site_here(const SiteFacts& site, ApiPlan& plan) {
  const auto signer = load_signer(site.site_key);
  if (!signer) return signer.error();
  plan.deployment = site.deployment;
  plan.site = {site.site, (*signer)->public_key(), {}};
  for (const SiteFacts::Entry& entry : site.agents)
    if (entry.key != kNobody) plan.site.agents.push_back(entry);
  return {};
}

Result<void> ask_site(Dialogue& dialogue, const ApiAnswers& answers, ApiPlan& plan) {
  dialogue.explain("`balans init trafo` has printed the next three on the controller's machine.");
  const auto site = dialogue.ask({"--site", "The site's name:", ""}, answers.site,
                                 [](const std::string& text) { return SiteId::parse(text); });
  if (!site) return site.error();
  const auto key = dialogue.ask({"--site-key", "The public key of the site:", ""}, answers.site_key, parse_key);
  if (!key) return key.error();
  const auto deployment = dialogue.ask({"--deployment", "Its deployment id:", ""}, answers.deployment, parse_key);
  if (!deployment) return deployment.error();
  plan.site = {*site, *key, {}};
  plan.deployment = {deployment->bytes};
  for (const std::string& text : answers.agents) {
    const auto id = AgentId::parse(text.substr(0, text.find('=')));
    if (!id) return id.error().within("--agent");
    const auto agent_key = parse_key(text.substr(std::min(text.find('=') + 1, text.size())));
    if (!agent_key) return agent_key.error().within("--agent " + id->str());
    plan.site.agents.push_back({*id, *agent_key});
  }
  return {};
}

Result<void> ask_server(Dialogue& dialogue, const ApiAnswers& answers, ApiPlan& plan) {
  const auto listen = dialogue.ask(
      {"--listen", "Where to listen? Beyond this machine put a TLS proxy before it, or name a certificate.",
       fmt::format("127.0.0.1:{}", kUsualPort)},
      answers.listen, [](const std::string& text) { return parse_host(text, kUsualPort); });
  if (!listen) return listen.error();
  plan.listen = *listen;
  const auto database =
      dialogue.text({"--database", "Its database:", "/var/lib/balans/api/balans.sqlite"}, answers.database);
  if (!database) return database.error();
  plan.database = *database;
  return {};
}

std::string api_text(const ApiPlan& plan) {
  std::string text = fmt::format(
      "# balans-api, written by `balans init api`. `man balans-api.yaml` explains every key.\n\n"
      "deployment: \"{}\"   # the same as in site.yaml\n\n"
      "# Beyond this machine put a TLS proxy in front, or name a certificate. `balans-api token add` lets people in.\n"
      "listen: {{ host: \"{}\", port: {} }}\ndatabase: \"{}\"   # made at the first start\n\n"
      "# Who may hand over what, by public keys.\nsites:\n  - id: {}\n"
      "    key: \"{}\"   # signs the requests of its controller\n    agents:",
      to_hex(plan.deployment.bytes), plan.listen.host, plan.listen.port, plan.database, plan.site.site.str(),
      to_hex(plan.site.key.bytes));
  if (plan.site.agents.empty())
    text += " []   # - { id: NAME, key: \"…\" } each: `balans check` on its machine says it";
  for (const SiteFacts::Entry& entry : plan.site.agents)
    text += fmt::format("\n      - {{ id: {}, key: \"{}\" }}", entry.id.str(), to_hex(entry.key.bytes));
  return text + "\n";
}

}  // namespace

Result<Report> init_api(Dialogue& dialogue, const ApiAnswers& answers, const InitPlaces& places) {
  const auto file = places.config / "api.yaml";
  if (const auto fine = may_write(places, file); !fine) return fine.error();
  ApiPlan plan;
  const auto here = answers.site ? Result<SiteFacts>(Error{}) : read_site_facts(places.config / "site.yaml");
  const auto asked = here ? take_site_here(*here, plan) : ask_site(dialogue, answers, plan);
  if (!asked) return asked.error();
  if (const auto server = ask_server(dialogue, answers, plan); !server) return server.error();
  Placing placing(places);
  if (const auto begun = placing.begin(); !begun) return begun.error();
  if (const auto fine = may_write(places, file); !fine) return fine.error();
  const auto written = placing.config(ConfigKind::Api, file, api_text(plan), "balans-api");
  if (!written) return written.error();
  placing.keep();
  placing.report().add(
      fmt::format("{} and {} of its devices may hand over readings", plan.site.site.str(), plan.site.agents.size()));
  placing.report().add("Next: sudo install.sh api");
  return placing.report();
}

}  // namespace balans::cli
