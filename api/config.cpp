#include "api/config.hpp"

#include "api/ledger/iota/address.hpp"
#include "api/ledger/iota/base58.hpp"
#include "common/defaults.hpp"
#include "common/io/config/config.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kMaxSites = 5000;
constexpr std::int64_t kMaxPort = 65'535;

EnrolledSite read_site(const config::Section& section) {
  EnrolledSite site;
  site.key = section.required("key").public_key();
  site.deployment = section.optional("deployment").deployment();
  for (const config::Section& entry : section.list("agents", 0, static_cast<std::size_t>(defaults::kMaxAgents))) {
    const auto id = entry.required("id");
    const AgentId agent = id.name<AgentId>();
    if (!site.agents.emplace(agent, entry.required("key").public_key()).second)
      id.refuse("agent '" + agent.str() + "' is listed twice");
  }
  return site;
}

void read_listen(const config::Section& listen, Config& config) {
  config.host = listen.required("host").text();
  config.port = static_cast<std::uint16_t>(listen.required("port").integer(0, kMaxPort));
  if (const auto tls = listen.optional_section("tls"))
    config.tls = TlsSettings{tls->required("certificate").path(), tls->required("key").path()};
  config.connections = static_cast<std::size_t>(listen.optional("connections").integer(10, 100'000).value_or(4096));
  config.listeners = static_cast<std::size_t>(listen.optional("listeners").integer(1, 100'000).value_or(3000));
}

DatabaseAddress read_database(const config::Section& root) {
  const auto value = root.required("database");
  const std::string text = value.text();
  if (is_postgres_uri(text)) return PostgresUri{text};
  return value.path();
}

Retention read_retention(const config::Section& section) {
  Retention retention;
  const auto days = [&section](std::string_view key, std::int64_t usual) {
    return section.optional(key).integer(1, kMostDaysKept).value_or(usual);
  };
  retention.raw_days = days("raw_days", retention.raw_days);
  retention.minute_days = days("minute_days", retention.minute_days);
  retention.quarter_hour_days = days("quarter_hour_days", retention.quarter_hour_days);
  retention.day_days = days("day_days", retention.day_days);
  return retention;
}

energy::TimeZone read_zone(const config::Section& section) {
  energy::TimeZone zone;
  zone.offset = Millis(section.optional("utc_offset_min").integer(-14 * 60, 14 * 60).value_or(0) * 60'000);
  if (section.optional("summer_time").boolean().value_or(false)) zone.summer_time = energy::SummerTime::European;
  return zone;
}

energy::PeerRules read_peer_rules(const config::Section& section) {
  constexpr std::int64_t kMost = 1'000'000'000;
  energy::PeerRules rules;
  if (const auto asset = section.optional("asset").parse(trade::parse_asset)) rules.asset = *asset;
  const auto number = [&section](std::string_view key, std::int64_t least, std::int64_t most, std::int64_t usual) {
    return section.optional(key).integer(least, most).value_or(usual);
  };
  rules.unit_value = number("unit_value", 1, kMost, rules.unit_value);
  rules.units_per_kwh = number("units_per_kwh", 0, kMost, rules.units_per_kwh);
  rules.pay_multiple_units = number("pay_multiple_units", 1, kMost, rules.pay_multiple_units);
  rules.block_units = number("block_units", 1, kMost, rules.block_units);
  rules.grid_share_numerator = number("grid_share_percent", 0, 100, 20);
  rules.grid_share_denominator = 100;
  return rules;
}

Billing read_billing(const config::Section& section) {
  constexpr std::int64_t kHour = 3'600'000;
  Billing billing;
  billing.rules.peer = read_peer_rules(section);
  const auto time = [&section](std::string_view key, std::int64_t least, std::int64_t most, std::int64_t unit_ms,
                               Millis usual) {
    const auto given = section.optional(key).integer(least, most);
    return given ? Millis(*given * unit_ms) : usual;
  };
  billing.rules.period = time("period_min", 10, 31 * 24 * 60, 60'000, billing.rules.period);
  billing.rules.run_after = time("run_after_s", 0, 86'400, 1000, billing.rules.run_after);
  billing.settling.provisional_after = time("provisional_after_h", 1, 1000, kHour, billing.settling.provisional_after);
  billing.settling.final_after = time("final_after_days", 1, 366, 24 * kHour, billing.settling.final_after);
  billing.rules.remember_left = billing.settling.final_after + Millis(24 * kHour);
  billing.credit_limit = section.optional("credit_limit").integer(0, journal::kMostCreditLimit).value_or(0);
  billing.stop_above = section.optional("stop_above").integer(0, std::int64_t{1} << 53);
  if (const auto zone = section.optional_section("zone")) billing.rules.zone = read_zone(*zone);
  return billing;
}

FlexibilityTerms read_flexibility(const config::Section& section) {
  constexpr std::int64_t kMostPrice = 1'000'000'000'000;
  FlexibilityTerms terms;
  if (const auto price = section.optional("price_per_kwh").integer(0, kMostPrice))
    terms.per_kwh = *flexibility::Price::of(*price);
  if (const auto cap = section.optional("cap_per_kwh").integer(0, kMostPrice))
    terms.cap = *flexibility::Price::of(*cap);
  if (const auto most = section.optional("most_wh").integer(1, 1'000'000)) terms.most = WattHours(*most);
  if (const auto after = section.optional("settle_after_min").integer(15, 31 * 24 * 60))
    terms.settle_after = Millis(*after * 60'000);
  return terms;
}

/// What a node says decides about money: nobody on the way may change it.
bool is_safe_endpoint(std::string_view url) {
  constexpr std::string_view kHere[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
  for (const std::string_view here : kHere)
    if (url == here || url.starts_with(std::string(here) + ":") || url.starts_with(std::string(here) + "/"))
      return true;
  return url.starts_with("https://");
}

iota::Network read_network(const config::Section& section) {
  iota::Network network;
  const auto endpoints = section.required("endpoints");
  network.endpoints = endpoints.texts(1, 10);
  for (const std::string& endpoint : network.endpoints)
    if (!is_safe_endpoint(endpoint))
      endpoints.refuse("'" + endpoint + "': expected https://…, or http:// on this host");
  const auto genesis = section.required("genesis");
  network.genesis = genesis.text(60);
  const auto chain = section.required("chain");
  network.chain = chain.text(8);
  const auto digest = iota::digest_from_base58(network.genesis);
  if (!digest)
    genesis.refuse(digest.error().message());
  else if (to_hex(digest->bytes).substr(0, 8) != network.chain)
    chain.refuse("'" + network.chain + "' is not how the genesis begins: expected " +
                 to_hex(digest->bytes).substr(0, 8));
  if (const auto explorer = section.optional("explorer").text(300)) network.explorer = *explorer;
  return network;
}

settlement::Rules read_rules(const config::Section& section) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  settlement::Rules rules;
  const auto nanos = [&section](std::string_view key) {
    return *trade::Amount::of(section.required(key).integer(0, kMost));
  };
  rules.threshold = nanos("threshold");
  rules.cap = nanos("cap");
  rules.daily_limit = nanos("daily_limit");
  rules.approve_above = nanos("approve_above");
  if (const auto period = section.optional("period_min").minutes(1_min, 31 * 24 * 60 * 1_min)) rules.period = *period;
  const auto number = [&section](std::string_view key, std::int64_t least, std::int64_t most, std::int64_t usual) {
    return section.optional(key).integer(least, most).value_or(usual);
  };
  rules.most_fee_permille = number("most_fee_permille", 0, 10, rules.most_fee_permille);
  rules.most_payouts = static_cast<std::size_t>(number("most_payouts", 1, 256, 50));
  rules.expiry_epochs = number("expiry_epochs", 0, 30, rules.expiry_epochs);
  rules.most_failures = static_cast<std::size_t>(number("most_failures", 1, 50, 3));
  if (const auto after = section.optional("resubmit_after_s").seconds(1_s, 3600_s)) rules.resubmit_after = *after;
  return rules;
}

SettlementConfig read_settlement(const config::Section& section) {
  SettlementConfig settlement;
  settlement.network = read_network(section);
  settlement.key = section.optional("key").path();
  if (settlement.key || section.has("threshold")) settlement.rules = read_rules(section);
  const auto cold = section.optional("cold_address");
  if (const auto address = cold.parse(iota::parse_address)) settlement.cold_address = to_text(*address);
  if (const auto round = section.optional("round_s").seconds(1_s, 3600_s)) settlement.round = *round;
  return settlement;
}

/// Beside a database that is a file; where it is a server, beside the config file.
std::filesystem::path usual_key(const Config& config, const std::filesystem::path& file) {
  const auto* database = std::get_if<std::filesystem::path>(&config.database);
  return (database != nullptr ? *database : file).parent_path() / "api.key";
}

}  // namespace

Result<Config> load_config(const std::filesystem::path& path) {
  auto file = config::File::load(path);
  if (!file) return file.error();
  const config::Section root = file->root();
  Config config;
  config.roster.deployment = root.required("deployment").deployment();
  read_listen(root.section("listen"), config);
  config.database = read_database(root);
  if (const auto retention = root.optional_section("retention")) config.retention = read_retention(*retention);
  if (const auto billing = root.optional_section("billing")) config.billing = read_billing(*billing);
  if (const auto terms = root.optional_section("flexibility")) config.billing.flexibility = read_flexibility(*terms);
  if (const auto settlement = root.optional_section("settlement"))
    config.settlement = read_settlement(settlement->section("iota"));
  config.database_connections =
      static_cast<std::size_t>(root.optional("database_connections").integer(1, 32).value_or(2));
  config.key = root.optional("key").path().value_or(usual_key(config, path));
  if (const auto origins = root.optional("origins").texts(0, 50)) config.origins = {origins->begin(), origins->end()};
  config.log_all_requests = root.optional("log_all_requests").boolean().value_or(false);
  for (const config::Section& entry : root.list("sites", 0, kMaxSites)) {
    const auto id = entry.required("id");
    const SiteId site = id.name<SiteId>();
    if (!config.roster.sites.emplace(site, read_site(entry)).second)
      id.refuse("site '" + site.str() + "' is listed twice");
  }
  if (const auto fine = file->finish(); !fine) return fine.error();
  for (const auto& fine : {energy::check(config.billing.rules), energy::check(config.billing.settling)})
    if (!fine) return fine.error().within(path.string() + ", billing");
  if (config.settlement && config.settlement->key)
    if (const auto fine = settlement::check(config.settlement->rules); !fine)
      return fine.error().within(path.string() + ", settlement.iota");
  const FlexibilityTerms& terms = config.billing.flexibility;
  if (!terms.per_kwh.is_zero() &&
      terms.settle_after + Millis(86'400'000) > Millis(config.retention.raw_days * 86'400'000))
    return Error{path.string() + ", flexibility.settle_after_min",
                 "is not a day before readings go: expected less than retention.raw_days"};
  return config;
}

}  // namespace balans::api
