#include "api/config.hpp"

#include "common/defaults.hpp"
#include "common/io/config/config.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kMaxSites = 5000;
constexpr std::int64_t kMaxPort = 65'535;

EnrolledSite read_site(const config::Section& section) {
  EnrolledSite site;
  site.key = section.required("key").public_key();
  for (const config::Section& entry : section.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents))) {
    const auto id = entry.required("id");
    const AgentId agent = id.name<AgentId>();
    if (!site.agents.emplace(agent, entry.required("key").public_key()).second)
      id.refuse("agent '" + agent.str() + "' is listed twice");
  }
  return site;
}

}  // namespace

Result<Config> load_config(const std::filesystem::path& path) {
  auto file = config::File::load(path);
  if (!file) return file.error();
  const config::Section root = file->root();
  Config config;
  config.roster.deployment = root.required("deployment").deployment();
  const config::Section listen = root.section("listen");
  config.host = listen.required("host").text();
  config.port = static_cast<std::uint16_t>(listen.required("port").integer(0, kMaxPort));
  config.database = root.required("database").path();
  for (const config::Section& entry : root.list("sites", 1, kMaxSites)) {
    const auto id = entry.required("id");
    const SiteId site = id.name<SiteId>();
    if (!config.roster.sites.emplace(site, read_site(entry)).second)
      id.refuse("site '" + site.str() + "' is listed twice");
  }
  if (const auto fine = file->finish(); !fine) return fine.error();
  return config;
}

}  // namespace balans::api
