#include "trafo/shell/site_file.hpp"

#include <algorithm>

#include "common/io/config/config.hpp"
#include "common/io/mqtt/broker_config.hpp"
#include "trafo/shell/site_sections.hpp"

namespace balans {
namespace {

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
  file.limits_file = root.optional("limits_file").path();
  if (const auto revoked = root.optional("revoked_file").path()) file.revoked_file = *revoked;
  read_transformer(root.section("transformer"), file);
  read_nodes(root, file.site);
  read_meters(root, file);
  if (const auto lease = root.optional_section("lease")) {
    file.site.ttl = lease->optional("ttl_s").seconds(1_s, defaults::kTtlMax).value_or(defaults::kTtl);
    file.site.failsafe_hold = lease->optional("failsafe_hold_s").seconds(1_s, 3600_s).value_or(defaults::kFailsafeHold);
  }
  file.site.tick = root.optional("tick_ms").millis(100_ms, 10_s).value_or(defaults::kTick);
  read_timetable(root, file.site);
  if (const auto statutory = root.optional_section("statutory")) read_statutory(*statutory, file.site.floors);
  read_agents(root, file.site);
  if (const auto api = root.optional_section("api")) {
    file.api_url = read_url(*api);
    file.api_key = api->optional("key").public_key();
  }
  return file;
}

/// The node that was probably meant.
std::string nearest_node(const Site& site, std::string_view name) {
  constexpr std::size_t kFurthest = 2;
  const auto distance = [&](const Node& node) { return config::edit_distance(name, node.name); };
  const auto best = std::ranges::min_element(site.nodes, {}, distance);
  return distance(*best) <= kFurthest ? "; did you mean " + best->name + "?" : "";
}

}  // namespace

Result<std::size_t> node_named(const Site& site, std::string_view name) {
  const auto found = std::ranges::find(site.nodes, name, &Node::name);
  if (found != site.nodes.end()) return static_cast<std::size_t>(found - site.nodes.begin());
  return Error{"", "'" + std::string(name.substr(0, 40)) + "' is not a node that is known here" +
                       nearest_node(site, name.substr(0, 40))};
}

Result<SiteFile> read_site(const std::filesystem::path& path) {
  auto file = config::File::load(path);
  if (!file) return file.error();
  SiteFile site = read(file->root());
  if (site.revoked_file.empty()) site.revoked_file = path.parent_path() / "revoked";
  if (const auto fine = file->finish(); !fine) return fine.error();
  return site;
}

Result<SiteFile> load_site(const std::filesystem::path& path) {
  auto site = read_site(path);
  if (!site) return site.error();
  if (const auto fits = check_enrolment(site->site); !fits) return fits.error().within(path.string());
  return site;
}

}  // namespace balans
