#include "sim/stage/money.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;
using namespace desk;

constexpr const char* kOutside = "018f0000000000000000000000000001";
constexpr const char* kBudget = "018f0000000000000000000000000002";
constexpr const char* kDeposit = "018f0000000000000000000000000003";

std::string account(const MoneyDesk& desk, const char* id, const std::string& kind, const std::string& owner,
                    const std::string& rest) {
  return fmt::format(R"({{"id":"{}","asset":"{}","kind":"{}","site":"{}","owner":"{}"{}}})", id, desk.currency.asset,
                     kind, desk.site, owner, rest);
}

std::string budget_owner(const MoneyDesk& desk) { return "flexibility " + desk.site; }

std::int64_t budget_of(const MoneyDesk& desk) { return kDemoBudget * desk.currency.units_per_millionth; }

/// The api opens it by itself when the first price is due, which may be before or after this.
Result<void> open_budget(HttpClient& client, const MoneyDesk& desk) {
  const std::string budget = account(desk, kBudget, "flexibility-budget", budget_owner(desk), R"(,"credit_limit":"0")");
  const auto response = ask(client, desk, HttpMethod::Post, "v1/accounts", budget);
  if (!response) return response.error();
  constexpr int kOwnerHasOne = 409;
  if (response->status >= 300 && response->status != kOwnerHasOne) return refused("v1/accounts", *response);
  return {};
}

Result<void> fill_budget(HttpClient& client, const MoneyDesk& desk) {
  const std::string outside = account(desk, kOutside, "cash", "outside", "");
  if (const auto told = tell(client, desk, HttpMethod::Post, "v1/accounts", outside); !told) return told;
  if (const auto opened = open_budget(client, desk); !opened) return opened;
  return tell(client, desk, HttpMethod::Post, "v1/transfers",
              fmt::format(R"({{"site":"{}","transfers":[{{"id":"{}","asset":"{}","payer":"outside","payee":"{}",)"
                          R"("amount":"{}","code":"deposit","reference":"demo"}}]}})",
                          desk.site, kDeposit, desk.currency.asset, budget_owner(desk), budget_of(desk)));
}

void add(json::object& sums, std::string_view key, std::int64_t amount) {
  json::value& sum = sums[key];
  sum = (sum.is_int64() ? sum.get_int64() : 0) + amount;
}

/// Of one asset, from the payment runs.
Result<json::object> billed_in(HttpClient& client, const MoneyDesk& desk) {
  json::object sums{{"billed", 0}, {"to_supplier", 0}, {"grid_share", 0}, {"to_producers", 0}, {"carried", 0}};
  const std::string path = "v1/sites/" + desk.site + "/payment-runs?";
  const auto done = each_of(client, desk, path, "runs", "before", [&](const json::object& run) {
    const std::int64_t community = units(run, "billed"), supplier = units(run, "supplier_received");
    const std::int64_t grid = units(run, "grid_share"), producers = units(run, "to_producers");
    add(sums, "billed", community + supplier);
    add(sums, "to_supplier", supplier);
    add(sums, "grid_share", grid);
    add(sums, "to_producers", producers);
    add(sums, "carried", community - grid - producers);
  });
  return done ? Result<json::object>(std::move(sums)) : Result<json::object>(done.error());
}

Result<std::int64_t> paid_from_budget(HttpClient& client, const MoneyDesk& desk) {
  const auto budget = send(client, desk, HttpMethod::Get, "v1/sites/" + desk.site + "/flexibility/budget");
  if (!budget) return budget.error();
  return budget_of(desk) - units(*budget, "balance");
}

/// What a household's statement says of its device.
Result<json::object> statement_of(HttpClient& client, const MoneyDesk& desk, const AgentId& device) {
  json::object sums{{"earned", 0}, {"billed", 0}, {"sold", 0}};
  const auto found = account_of(client, desk, desk.site, owner_of(device));
  if (!found) return found.error();
  if (*found) {
    const std::string path = "v1/statements/" + std::string((*found)->at("id").as_string()) + "?";
    const auto done = each_of(client, desk, path, "rows", "after", [&](const json::object& row) {
      const json::string& code = row.at("code").as_string();
      const bool receives = row.at("side").as_string() == "credit";
      const std::int64_t amount = units(row, "amount");
      if (code == "reward" && receives) add(sums, "earned", amount);
      if ((code == "energy" || code == "tariff") && !receives) add(sums, "billed", amount);
      if ((code == "producer-share" || code == "tariff") && receives) add(sums, "sold", amount);
    });
    if (!done) return done.error();
  }
  return sums;
}

Result<bool> is_even(HttpClient& client, const MoneyDesk& desk) {
  const auto trial = send(client, desk, HttpMethod::Get, "v1/trial-balance");
  if (!trial) return trial.error();
  bool even = false;
  for (const json::value& asset : trial->at("assets").as_array())
    if (asset.at("asset").as_string() == desk.currency.asset) even = asset.at("even").as_bool();
  return even;
}

}  // namespace

std::string owner_of(const AgentId& device) { return "home of " + device.str(); }

bool is_open(const MoneyDesk& desk) {
  HttpClient client;
  return send(client, desk, HttpMethod::Get, "v1/accounts").ok();
}

Result<void> open_accounts(const MoneyDesk& desk, const std::vector<AgentId>& devices, UnixTime start) {
  HttpClient client;
  const std::string site = "v1/sites/" + desk.site;
  if (const auto filled = fill_budget(client, desk); !filled) return filled;
  for (const AgentId& device : devices) {
    const std::string station = fmt::format(R"({{"station":"{}","owner":"{}"}})", device.str(), owner_of(device));
    if (const auto told = tell(client, desk, HttpMethod::Post, site + "/stations", station); !told) return told;
  }
  const auto day = [&](std::int64_t days) { return to_text(LocalTime((start + days * 86'400_s).ms())) + "Z"; };
  const std::string tariff =
      fmt::format(R"({{"kind":"import","asset":"{}","from":"{}","until":"{}","per_kwh":{}}})", desk.currency.asset,
                  day(-1), day(400), kDemoPricePerKwh * desk.currency.units_per_millionth);
  return tell(client, desk, HttpMethod::Put, site + "/tariffs/demo", tariff);
}

Result<RunMoney> money_of(const MoneyDesk& desk, const std::vector<AgentId>& devices) {
  HttpClient client;
  Result<json::object> sums = billed_in(client, desk);
  if (!sums) return sums.error();
  const Result<std::int64_t> earned = paid_from_budget(client, desk);
  if (!earned) return earned.error();
  const Result<bool> even = is_even(client, desk);
  if (!even) return even.error();
  RunMoney money;
  json::object theirs{{"earned", 0}, {"billed", 0}, {"sold", 0}};
  for (const AgentId& device : devices) {
    Result<json::object> own = statement_of(client, desk, device);
    if (!own) return own.error();
    for (const auto& [key, amount] : *own) add(theirs, key, amount.as_int64());
    money.devices[device.str()] = json::object{{desk.currency.asset, std::move(*own)}};
  }
  (*sums)["earned"] = *earned;
  (*sums)["even"] = *even;
  (*sums)["adds_up"] = theirs.at("earned") == sums->at("earned") && theirs.at("billed") == sums->at("billed") &&
                       theirs.at("sold") == sums->at("to_producers");
  money.assets[desk.currency.asset] = std::move(*sums);
  return money;
}

}  // namespace balans::sim
