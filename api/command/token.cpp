// balans-api token add|list|revoke: who may read, operate and administer.
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

constexpr std::size_t kMostName = 60;
constexpr std::int64_t kMostDays = 3650;

struct AddArguments {
  std::string name;
  std::string scope = "read";
  std::vector<std::string> sites;
  std::int64_t days = 0;
};

Result<void> note(Store& store, const std::string& what, const std::string& detail) {
  const UnixTime now = SystemClock().utc();
  return store.audit().add({time_id(now, time_tail()), now, "command", what, "", detail});
}

Result<Grant> grant_of(const AddArguments& arguments) {
  const auto scope = parse_scope(arguments.scope);
  if (!scope) return scope.error().within("--scope");
  Grant grant{*scope, std::nullopt};
  for (const std::string& text : arguments.sites) {
    const auto site = SiteId::parse(text);
    if (!site) return site.error().within("--site");
    if (!grant.sites) grant.sites.emplace();
    grant.sites->insert(*site);
  }
  return grant;
}

Result<void> add(Store& store, const AddArguments& arguments) {
  if (arguments.name.empty() || arguments.name.size() > kMostName)
    return Error{"NAME", "expected 1 to " + std::to_string(kMostName) + " characters"};
  const auto grant = grant_of(arguments);
  if (!grant) return grant.error();
  const UnixTime now = SystemClock().utc();
  const auto expires = arguments.days > 0 ? std::optional(now + arguments.days * 86'400_s) : std::nullopt;
  const auto fresh = add_token(store, arguments.name, *grant, expires, now);
  if (!fresh) return fresh.error();
  if (const auto noted = note(store, "token add", fresh->token.id + " " + arguments.scope); !noted) return noted;
  std::cout << fresh->text << std::endl;
  std::cerr << "This is the only time it is shown. Its id is " << fresh->token.id << ".\n";
  return {};
}

std::string sites_text(const Grant& grant) {
  if (!grant.sites) return "all sites";
  std::string text;
  for (const SiteId& site : *grant.sites) text += (text.empty() ? "" : ",") + site.str();
  return text;
}

Result<void> list(Store& store) {
  const auto tokens = store.tokens().all();
  if (!tokens) return tokens.error();
  for (const Token& token : *tokens) {
    std::cout << token.id << "  " << name_of(token.grant.scope) << "  " << sites_text(token.grant) << "  made "
              << to_rfc3339(token.made);
    if (token.expires) std::cout << "  expires " << to_rfc3339(*token.expires);
    if (token.revoked) std::cout << "  revoked " << to_rfc3339(*token.revoked);
    std::cout << "  " << token.name << "\n";
  }
  return {};
}

Result<void> revoke(Store& store, const std::string& id) {
  const auto revoked = revoke_token(store, id, SystemClock().utc());
  if (!revoked) return revoked.error();
  if (!*revoked) return Error{id, "is no token that still holds; `balans-api token list` shows them"};
  return note(store, "token revoke", id);
}

}  // namespace

std::vector<Command> add_token_commands(CLI::App& app) {
  CLI::App& token = *app.add_subcommand("token", "who may read, operate and administer");
  token.require_subcommand(1);
  const auto arguments = std::make_shared<AddArguments>();
  CLI::App& adding = *token.add_subcommand("add", "make a token and print it, once");
  adding.add_option("NAME", arguments->name, "whose it is, for people")->required();
  adding.add_option("--scope", arguments->scope, "read, operate or administer; each may what the ones before may")
      ->capture_default_str();
  adding.add_option("--site", arguments->sites, "only this site (may be repeated; default: all)");
  adding.add_option("--days", arguments->days, "ends after so many days (default: never)")
      ->check(CLI::Range(std::int64_t{1}, kMostDays));
  CLI::App& listing = *token.add_subcommand("list", "show all tokens, without their secrets");
  const auto id = std::make_shared<std::string>();
  CLI::App& revoking = *token.add_subcommand("revoke", "end a token; running services obey within two seconds");
  revoking.add_option("ID", *id, "as `list` shows it")->required();
  return {
      {&adding,
       [arguments](const Config& config) {
         return with_store(config, [&](Store& store) { return add(store, *arguments); });
       }},
      {&listing, [](const Config& config) { return with_store(config, list); }},
      {&revoking,
       [id](const Config& config) { return with_store(config, [&](Store& store) { return revoke(store, *id); }); }},
  };
}

}  // namespace balans::api
