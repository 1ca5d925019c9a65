#pragma once
// What the routes of accounts, transfers and bills share.

#include <string>
#include <string_view>

#include "api/http/routes/answers.hpp"
#include "api/store/journal_store.hpp"

namespace balans::api {

/// Whether the caller may know of something of that site; what belongs to none is for those who see all.
inline bool may_see(const Call& call, const std::optional<SiteId>& site) {
  const auto& sites = call.caller.grant.sites;
  return !sites || (site && sites->contains(*site));
}

/// A token for some sites sees one of them at a time.
inline void confine_to_sites(const Call& call, std::optional<SiteId>& site, Parameters& parameters) {
  const auto& sites = call.caller.grant.sites;
  if (!sites) return;
  if (!site && sites->size() == 1) site = *sites->begin();
  if (!site) return parameters.refuse("site", "is missing; this token is for some sites only");
  if (!sites->contains(*site)) parameters.refuse("site", "no site is called '" + site->str() + "'");
}

/// A refusal where a client has made an id that it cannot make; `pointer` is its place in the body.
std::optional<Response> refuse_reserved(const journal::Id& id, std::string_view pointer);

Result<std::string> parse_owner(std::string_view text);

/// `COMMIT.ORDINAL`
std::string encode(const StatementCursor& cursor);
Result<StatementCursor> parse_statement_cursor(std::string_view text);

/// RFC 4180; a text that a spreadsheet would take for a formula is quoted with a blank before it.
std::string csv_text(std::string_view text);

}  // namespace balans::api
