// balans-api site pair|list|remove: which sites may hand over readings and take orders.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "api/app/enrolment.hpp"
#include "api/app/time_tail.hpp"
#include "api/command/commands.hpp"
#include "api/core/rfc3339.hpp"
#include "api/core/time_id.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans::api {
namespace {

Result<void> note(Store& store, const std::string& what, const std::string& site) {
  const UnixTime now = SystemClock().utc();
  return store.audit().add({time_id(now, time_tail()), now, "command", what, site, ""});
}

Result<void> pair(Store& store, const std::string& name) {
  std::optional<SiteId> site;
  if (!name.empty()) {
    const auto parsed = SiteId::parse(name);
    if (!parsed) return parsed.error().within("--site");
    site = *parsed;
  }
  const auto code = add_code(store, site, SystemClock().utc());
  if (!code) return code.error();
  if (const auto noted = note(store, "site pair", name); !noted) return noted;
  std::cout << code->text << std::endl;
  std::cerr << "Good once, until " << to_rfc3339(code->expires) << ", for "
            << (site ? site->str() : std::string("a site with a new name")) << ".\n";
  return {};
}

Result<void> list(Store& store, const Config& config) {
  const auto access = read_access(config.roster, store);
  if (!access) return access.error();
  for (const auto& [site, enrolled] : access->roster.sites)
    std::cout << site.str() << "  " << to_hex(enrolled.key.bytes) << "  " << enrolled.agents.size() << " agents  "
              << (config.roster.sites.contains(site) ? "from the config file" : "paired") << "\n";
  return {};
}

Result<void> remove(Store& store, const Config& config, const std::string& name) {
  const auto site = SiteId::parse(name);
  if (!site) return site.error();
  if (config.roster.sites.contains(*site)) return Error{name, "is listed in the config file; take it out there"};
  const auto removed = store.enrolments().remove(*site);
  if (!removed) return removed.error();
  if (!*removed) return Error{name, "is not enrolled"};
  if (const auto noted = note(store, "site remove", name); !noted) return noted;
  return store.changes().bump();
}

}  // namespace

std::vector<Command> add_site_commands(CLI::App& app) {
  CLI::App& site = *app.add_subcommand("site", "which sites may hand over readings and take orders");
  site.require_subcommand(1);
  const auto wanted = std::make_shared<std::string>();
  CLI::App& pairing = *site.add_subcommand("pair", "print a code that a site can enrol itself with, once");
  pairing.add_option("--site", *wanted, "only for the site of this name, which may be enrolled already");
  CLI::App& listing = *site.add_subcommand("list", "show the sites that are enrolled");
  const auto gone = std::make_shared<std::string>();
  CLI::App& removing = *site.add_subcommand("remove", "let go of a paired site; its readings stay");
  removing.add_option("NAME", *gone, "the site's name")->required();
  return {
      {&pairing,
       [wanted](const Config& config) {
         return with_store(config, [&](Store& store) { return pair(store, *wanted); });
       }},
      {&listing,
       [](const Config& config) { return with_store(config, [&](Store& store) { return list(store, config); }); }},
      {&removing,
       [gone](const Config& config) {
         return with_store(config, [&](Store& store) { return remove(store, config, *gone); });
       }},
  };
}

}  // namespace balans::api
