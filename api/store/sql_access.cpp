#include "api/store/sql_access.hpp"

#include <limits>

namespace balans::api {
namespace {

constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::max();

Result<void> done(const Result<std::int64_t>& ran) {
  if (!ran) return ran.error();
  return {};
}

std::optional<std::int64_t> ms_of(const std::optional<UnixTime>& time) {
  return time ? std::optional(time->ms()) : std::nullopt;
}

std::optional<UnixTime> time_of(std::optional<std::int64_t> ms) {
  return ms ? std::optional(UnixTime(*ms)) : std::nullopt;
}

/// Names joined by blanks; absent: all.
std::optional<std::string> text_of(const Grant& grant) {
  if (!grant.sites) return std::nullopt;
  std::string text;
  for (const SiteId& site : *grant.sites) text += (text.empty() ? "" : " ") + site.str();
  return text;
}

Result<std::optional<std::set<SiteId>>> sites_of(const std::optional<std::string>& text) {
  if (!text) return std::optional<std::set<SiteId>>();
  std::set<SiteId> sites;
  for (std::size_t from = 0; from < text->size();) {
    const std::size_t end = std::min(text->find(' ', from), text->size());
    const Result<SiteId> site = SiteId::parse(std::string_view(*text).substr(from, end - from));
    if (!site) return site.error();
    sites.insert(*site);
    from = end + 1;
  }
  return std::optional(std::move(sites));
}

Result<Token> token_of(const sql::Rows& row) {
  Token token;
  token.id = row.text(0);
  token.name = row.text(1);
  const Result<Scope> scope = parse_scope(row.text(2));
  if (!scope) return scope.error().within("table token");
  const auto sites = sites_of(row.optional_text(3));
  if (!sites) return sites.error().within("table token");
  const Result<Bytes32> secret = bytes32_from_hex(row.text(4));
  if (!secret) return secret.error().within("table token");
  token.grant = {*scope, *sites};
  token.secret = {*secret};
  token.made = UnixTime(row.integer(5));
  token.expires = time_of(row.optional_integer(6));
  token.revoked = time_of(row.optional_integer(7));
  return token;
}

Result<StoredOrder> order_of(const sql::Rows& row) {
  StoredOrder order;
  const Result<SiteId> site = SiteId::parse(row.text(0));
  if (!site) return site.error().within("table site_order");
  order.site = *site;
  order.id = row.integer(1);
  order.kind = row.text(2);
  order.envelope = row.text(3);
  order.reason = row.text(4);
  order.by = row.text(5);
  order.issued = UnixTime(row.integer(6));
  order.expires = UnixTime(row.integer(7));
  order.acked = time_of(row.optional_integer(8));
  order.outcome = row.text(9);
  order.why = row.text(10);
  return order;
}

Result<std::vector<StoredOrder>> orders_of(const Result<std::unique_ptr<sql::Rows>>& rows) {
  std::vector<StoredOrder> orders;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto order = order_of(row);
    if (!order) return order.error();
    orders.push_back(*std::move(order));
    return {};
  });
  if (!read) return read.error();
  return orders;
}

}  // namespace

// ---- tokens ----

Result<void> SqlTokens::add(const Token& token) {
  return done(
      connection_.run("store a token",
                      "INSERT INTO token (id, name, scope, sites, secret, made_utc, expires_utc, revoked_utc) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                      {token.id, token.name, name_of(token.grant.scope), text_of(token.grant),
                       to_hex(token.secret.bytes), token.made.ms(), ms_of(token.expires), ms_of(token.revoked)}));
}

Result<std::vector<Token>> SqlTokens::all() {
  std::vector<Token> tokens;
  const auto read = sql::each_row(
      connection_.query("list tokens",
                        "SELECT id, name, scope, sites, secret, made_utc, expires_utc, revoked_utc FROM token "
                        "ORDER BY id"),
      [&](const sql::Rows& row) -> Result<void> {
        auto token = token_of(row);
        if (!token) return token.error();
        tokens.push_back(*std::move(token));
        return {};
      });
  if (!read) return read.error();
  return tokens;
}

Result<bool> SqlTokens::revoke(const std::string& id, UnixTime now) {
  const auto changed = connection_.run(
      "revoke a token", "UPDATE token SET revoked_utc = $2 WHERE id = $1 AND revoked_utc IS NULL", {id, now.ms()});
  if (!changed) return changed.error();
  return *changed > 0;
}

// ---- enrolments ----

Result<std::vector<PairedSite>> SqlEnrolments::all() {
  std::vector<PairedSite> sites;
  const auto read = sql::each_row(
      connection_.query(
          "list enrolled sites",
          "SELECT enrolled_site.site, enrolled_site.key, enrolled_agent.agent, enrolled_agent.key, deployment "
          "FROM enrolled_site LEFT JOIN enrolled_agent ON enrolled_agent.site = enrolled_site.site "
          "ORDER BY enrolled_site.site, enrolled_agent.agent"),
      [&](const sql::Rows& row) -> Result<void> {
        const Result<SiteId> site = SiteId::parse(row.text(0));
        const Result<Bytes32> key = bytes32_from_hex(row.text(1));
        const Result<Bytes32> deployment = bytes32_from_hex(row.is_null(4) ? std::string(64, '0') : row.text(4));
        if (!site || !key || !deployment) return Error{"table enrolled_site", "holds what is no site"};
        if (sites.empty() || sites.back().id != *site) sites.push_back({*site, {*key}, {}, {}});
        if (!row.is_null(4)) sites.back().deployment = DeploymentId{*deployment};
        if (row.is_null(2)) return {};
        const Result<AgentId> agent = AgentId::parse(row.text(2));
        const Result<Bytes32> agent_key = bytes32_from_hex(row.text(3));
        if (!agent || !agent_key) return Error{"table enrolled_agent", "holds what is no agent"};
        sites.back().agents[*agent] = {*agent_key};
        return {};
      });
  if (!read) return read.error();
  return sites;
}

Result<void> SqlEnrolments::put(const PairedSite& site) {
  const auto deployment = site.deployment ? std::optional(to_hex(site.deployment->bytes)) : std::nullopt;
  const auto stored =
      connection_.run("enrol a site",
                      "INSERT INTO enrolled_site (site, key, deployment) VALUES ($1, $2, $3) "
                      "ON CONFLICT (site) DO UPDATE SET key = excluded.key, deployment = excluded.deployment",
                      {site.id.str(), to_hex(site.key.bytes), deployment});
  if (!stored) return stored.error();
  const auto cleared =
      connection_.run("enrol a site's agents", "DELETE FROM enrolled_agent WHERE site = $1", {site.id.str()});
  if (!cleared) return cleared.error();
  for (const auto& [agent, key] : site.agents) {
    const auto added =
        connection_.run("enrol an agent", "INSERT INTO enrolled_agent (site, agent, key) VALUES ($1, $2, $3)",
                        {site.id.str(), agent.str(), to_hex(key.bytes)});
    if (!added) return added.error();
  }
  return {};
}

Result<bool> SqlEnrolments::remove(const SiteId& site) {
  const auto agents =
      connection_.run("forget a site's agents", "DELETE FROM enrolled_agent WHERE site = $1", {site.str()});
  if (!agents) return agents.error();
  const auto removed = connection_.run("forget a site", "DELETE FROM enrolled_site WHERE site = $1", {site.str()});
  if (!removed) return removed.error();
  return *removed > 0;
}

Result<void> SqlEnrolments::add_code(const PairingCode& code) {
  const auto site = code.site ? std::optional(code.site->str()) : std::nullopt;
  return done(connection_.run(
      "store a pairing code",
      "INSERT INTO pairing_code (id, secret, site, expires_utc, tries_left) VALUES ($1, $2, $3, $4, $5)",
      {code.id, to_hex(code.secret.bytes), site, code.expires.ms(), code.tries_left}));
}

Result<std::optional<PairingCode>> SqlEnrolments::code(const std::string& id) {
  auto row = sql::first_row(
      connection_.query("find a pairing code",
                        "SELECT id, secret, site, expires_utc, tries_left FROM pairing_code WHERE id = $1", {id}),
      [](const sql::Rows& r) -> Result<PairingCode> {
        const Result<Bytes32> secret = bytes32_from_hex(r.text(1));
        if (!secret) return secret.error().within("table pairing_code");
        PairingCode code{r.text(0), {*secret}, std::nullopt, UnixTime(r.integer(3)), r.integer(4)};
        if (const auto name = r.optional_text(2)) {
          const Result<SiteId> site = SiteId::parse(*name);
          if (!site) return site.error().within("table pairing_code");
          code.site = *site;
        }
        return code;
      });
  if (!row) return row.error();
  if (!*row) return std::optional<PairingCode>();
  if (!**row) return (*row)->error();
  return std::optional(***row);
}

Result<void> SqlEnrolments::set_tries(const std::string& id, std::int64_t left) {
  return done(connection_.run("count a try", "UPDATE pairing_code SET tries_left = $2 WHERE id = $1", {id, left}));
}

Result<void> SqlEnrolments::forget_codes(UnixTime expired_before) {
  return done(connection_.run("forget pairing codes", "DELETE FROM pairing_code WHERE expires_utc < $1",
                              {expired_before.ms()}));
}

// ---- audit ----

Result<void> SqlAudit::add(const AuditEntry& entry) {
  return done(connection_.run("write the audit log",
                              "INSERT INTO audit (id, at_utc, who, what, site, detail) "
                              "VALUES ($1, $2, $3, $4, $5, $6)",
                              {entry.id, entry.at.ms(), entry.who, entry.what, entry.site, entry.detail}));
}

Result<std::vector<AuditEntry>> SqlAudit::page(std::optional<std::int64_t> before, std::size_t limit) {
  std::vector<AuditEntry> entries;
  const auto read =
      sql::each_row(connection_.query("read the audit log",
                                      "SELECT id, at_utc, who, what, site, detail FROM audit WHERE id < $1 "
                                      "ORDER BY id DESC LIMIT $2",
                                      {before.value_or(kNoBound), static_cast<std::int64_t>(limit)}),
                    [&](const sql::Rows& row) -> Result<void> {
                      entries.push_back({row.integer(0), UnixTime(row.integer(1)), row.text(2), row.text(3),
                                         row.text(4), row.text(5)});
                      return {};
                    });
  if (!read) return read.error();
  return entries;
}

// ---- orders ----

Result<std::int64_t> SqlOrders::next_id(const SiteId& site) {
  const auto highest = sql::first_row(
      connection_.query("number an order", "SELECT coalesce(max(id), 0) FROM site_order WHERE site = $1", {site.str()}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!highest) return highest.error();
  return highest->value_or(0) + 1;
}

Result<void> SqlOrders::add(const StoredOrder& order) {
  return done(connection_.run(
      "store an order",
      "INSERT INTO site_order (site, id, kind, envelope, reason, by_whom, issued_utc, expires_utc, outcome, why) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '')",
      {order.site.str(), order.id, order.kind, order.envelope, order.reason, order.by, order.issued.ms(),
       order.expires.ms()}));
}

Result<std::vector<StoredOrder>> SqlOrders::waiting(UnixTime now, std::size_t limit) {
  return orders_of(connection_.query(
      "list waiting orders",
      "SELECT site, id, kind, envelope, reason, by_whom, issued_utc, expires_utc, acked_utc, outcome, why "
      "FROM site_order WHERE acked_utc IS NULL AND expires_utc > $1 ORDER BY site, id LIMIT $2",
      {now.ms(), static_cast<std::int64_t>(limit)}));
}

Result<std::int64_t> SqlOrders::count_waiting(const SiteId& site, std::string_view but_by, UnixTime now) {
  const auto count =
      sql::first_row(connection_.query("count waiting orders",
                                       "SELECT count(*) FROM site_order WHERE site = $1 AND acked_utc IS NULL "
                                       "AND expires_utc > $2 AND by_whom <> $3",
                                       {site.str(), now.ms(), but_by}),
                     [](const sql::Rows& row) { return row.integer(0); });
  if (!count) return count.error();
  return count->value_or(0);
}

Result<std::vector<StoredOrder>> SqlOrders::given_by(const SiteId& site, std::string_view by, std::int64_t above,
                                                     UnixTime now, std::size_t limit) {
  return orders_of(connection_.query(
      "list orders of one giver",
      "SELECT site, id, kind, envelope, reason, by_whom, issued_utc, expires_utc, acked_utc, outcome, why "
      "FROM site_order WHERE site = $1 AND id > $2 AND by_whom = $3 AND expires_utc > $4 ORDER BY id LIMIT $5",
      {site.str(), above, by, now.ms(), static_cast<std::int64_t>(limit)}));
}

Result<std::optional<StoredOrder>> SqlOrders::find(const SiteId& site, std::int64_t id) {
  auto orders = orders_of(connection_.query(
      "find an order",
      "SELECT site, id, kind, envelope, reason, by_whom, issued_utc, expires_utc, acked_utc, outcome, why "
      "FROM site_order WHERE site = $1 AND id = $2",
      {site.str(), id}));
  if (!orders) return orders.error();
  return orders->empty() ? std::optional<StoredOrder>() : std::optional(std::move(orders->front()));
}

Result<bool> SqlOrders::acknowledge(const SiteId& site, std::int64_t id, const std::string& outcome,
                                    const std::string& why, UnixTime now) {
  const auto changed = connection_.run("acknowledge an order",
                                       "UPDATE site_order SET acked_utc = $5, outcome = $3, why = $4 "
                                       "WHERE site = $1 AND id = $2 AND acked_utc IS NULL",
                                       {site.str(), id, outcome, why, now.ms()});
  if (!changed) return changed.error();
  return *changed > 0;
}

Result<std::vector<StoredOrder>> SqlOrders::page(const SiteId& site, std::optional<std::int64_t> before,
                                                 std::size_t limit) {
  return orders_of(connection_.query(
      "list orders",
      "SELECT site, id, kind, envelope, reason, by_whom, issued_utc, expires_utc, acked_utc, outcome, why "
      "FROM site_order WHERE site = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
      {site.str(), before.value_or(kNoBound), static_cast<std::int64_t>(limit)}));
}

// ---- changes ----

Result<std::int64_t> SqlChanges::version() {
  const auto version = sql::first_row(connection_.query("look for changes", "SELECT version FROM change_counter"),
                                      [](const sql::Rows& row) { return row.integer(0); });
  if (!version) return version.error();
  return version->value_or(0);
}

Result<void> SqlChanges::bump() {
  return done(connection_.run("count a change", "UPDATE change_counter SET version = version + 1"));
}

}  // namespace balans::api
