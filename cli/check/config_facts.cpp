#include "cli/check/config_facts.hpp"

#include <algorithm>

#include "common/defaults.hpp"
#include "common/io/config/config.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kMostMeters = 100;
constexpr std::size_t kMostSites = 5000;

/// Problems of what was read; the other keys are not ours to judge.
Result<void> problems_of_what_was_read(const config::File& file) {
  for (const Error& problem : file.problems())
    if (problem.what.find("is not a known key") == std::string::npos) return problem;
  return {};
}

std::vector<SiteFacts::Entry> read_entries(const config::Section& section) {
  std::vector<SiteFacts::Entry> entries;
  for (const auto& entry : section.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents)))
    entries.push_back({entry.required("id").name<AgentId>(), entry.required("key").public_key()});
  return entries;
}

std::optional<std::filesystem::path> plain(const std::optional<std::filesystem::path>& path) {
  return path ? std::optional(path->lexically_normal()) : std::nullopt;
}

BrokerFacts broker_facts(const config::Section& section) {
  BrokerFacts facts;
  facts.host = section.required("host").text(255);
  facts.port = static_cast<int>(section.required("port").integer(1, 65535));
  if (const auto tls = section.optional_section("tls")) {
    facts.ca = tls->required("ca").path().lexically_normal();
    facts.certificate = plain(tls->optional("cert").path());
    facts.key = plain(tls->optional("key").path());
  }
  return facts;
}

SiteFacts site_facts(const config::Section& root, const std::filesystem::path& path) {
  SiteFacts facts;
  facts.file = path;
  facts.site = root.required("site").name<SiteId>();
  facts.deployment = root.required("deployment").deployment();
  facts.trafo_key = root.section("keys").required("trafo").path().lexically_normal();
  facts.site_key = root.section("keys").required("site").path().lexically_normal();
  facts.revoked_file = root.optional("revoked_file").path().value_or(path.parent_path() / "revoked");
  facts.broker = broker_facts(root.section("broker"));
  facts.meters.push_back({"the transformer's meter", read_modbus_place(root.section("meter"))});
  for (const auto& entry : root.optional_list("meters", kMostMeters))
    facts.meters.push_back({"meter " + entry.required("name").text(), read_modbus_place(entry)});
  facts.agents = read_entries(root);
  if (const auto api = root.optional_section("api")) facts.api_url = api->required("url").text();
  return facts;
}

AgentFacts agent_facts(const config::Section& root, const std::filesystem::path& path) {
  AgentFacts facts;
  facts.file = path;
  facts.agent = root.required("agent").name<AgentId>();
  facts.site = root.required("site").name<SiteId>();
  facts.deployment = root.required("deployment").deployment();
  facts.device_key = root.section("keys").required("device").path().lexically_normal();
  facts.trafo_key = root.section("keys").required("trafo").public_key();
  facts.state_dir = root.required("state_dir").path();
  facts.broker = broker_facts(root.section("broker"));
  facts.places.push_back({facts.agent.str(), read_modbus_place(root.section("device"))});
  facts.socket = static_cast<int>(root.section("device").optional("socket").integer(1, 255).value_or(1));
  if (const auto contactor = root.optional_section("contactor"))
    facts.places.push_back({"the contactor of " + facts.agent.str(), read_modbus_place(*contactor)});
  return facts;
}

ApiFacts api_facts(const config::Section& root, const std::filesystem::path& path) {
  ApiFacts facts;
  facts.file = path;
  facts.deployment = root.required("deployment").deployment();
  for (const auto& entry : root.list("sites", 0, kMostSites))
    facts.sites.push_back(
        {entry.required("id").name<SiteId>(), entry.required("key").public_key(), read_entries(entry)});
  return facts;
}

template <class Facts>
Result<Facts> read_with(const std::filesystem::path& path,
                        Facts (*read)(const config::Section&, const std::filesystem::path&)) {
  const auto file = config::File::load(path);
  if (!file) return file.error();
  Facts facts = read(file->root(), path);
  if (const auto fine = problems_of_what_was_read(*file); !fine) return fine.error();
  return facts;
}

}  // namespace

const SiteFacts::Entry* SiteFacts::find(const AgentId& id) const {
  const auto found = std::ranges::find(agents, id, &Entry::id);
  return found == agents.end() ? nullptr : &*found;
}

Result<ConfigKind> kind_of(const std::filesystem::path& path) {
  const auto file = config::File::load(path);
  if (!file) return file.error();
  const config::Section root = file->root();
  if (root.has("agent")) return ConfigKind::Agent;
  if (root.has("transformer")) return ConfigKind::Site;
  if (root.has("sites") || root.has("listen")) return ConfigKind::Api;
  return Error{path.string(), "has neither `transformer` (site.yaml) nor `agent` nor `sites` (api.yaml)"};
}

Result<SiteFacts> read_site_facts(const std::filesystem::path& file) { return read_with(file, site_facts); }
Result<AgentFacts> read_agent_facts(const std::filesystem::path& file) { return read_with(file, agent_facts); }
Result<ApiFacts> read_api_facts(const std::filesystem::path& file) { return read_with(file, api_facts); }

}  // namespace balans::cli
