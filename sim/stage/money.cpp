#include "sim/stage/money.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <functional>

#include "common/crypto/crypto.hpp"
#include "common/io/http_client/http_client.hpp"
#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;

constexpr const char* kOutside = "018f0000000000000000000000000001";
constexpr const char* kBudget = "018f0000000000000000000000000002";
constexpr const char* kDeposit = "018f0000000000000000000000000003";

Result<HttpResponse> ask(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                         std::string body) {
  HttpRequest request{method, desk.address + path, {{"Authorization", "Bearer " + desk.token}}, std::move(body)};
  if (method != HttpMethod::Get) {
    request.headers.push_back({"Idempotency-Key", to_hex(blake2b(path + request.body).bytes)});
  }
  return client.send(request);
}

Error refused(const std::string& path, const HttpResponse& response) {
  return {path, "answered with status " + std::to_string(response.status) + ": " + response.body};
}

Result<json::object> send(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                          std::string body = "") {
  const Result<HttpResponse> response = ask(client, desk, method, path, std::move(body));
  if (!response) return response.error();
  if (response->status >= 300) return refused(path, *response);
  boost::system::error_code failure;
  const json::value answer = json::parse(response->body.empty() ? "{}" : response->body, failure);
  if (failure || !answer.is_object()) return Error{path, "did not answer with an object"};
  return answer.get_object();
}

Result<void> tell(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                  std::string body) {
  const auto answer = send(client, desk, method, path, std::move(body));
  return answer ? Result<void>() : Result<void>(answer.error());
}

std::int64_t units(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  std::int64_t number = 0;
  if (value && value->is_string()) std::from_chars(value->get_string().begin(), value->get_string().end(), number);
  return number;
}

std::string account(const MoneyDesk& desk, const char* id, const std::string& kind, const std::string& owner,
                    const std::string& rest) {
  return fmt::format(R"({{"id":"{}","asset":"EUR","kind":"{}","site":"{}","owner":"{}"{}}})", id, kind, desk.site,
                     owner, rest);
}

std::string budget_owner(const MoneyDesk& desk) { return "flexibility " + desk.site; }

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
              fmt::format(R"({{"site":"{}","transfers":[{{"id":"{}","asset":"EUR","payer":"outside","payee":"{}",)"
                          R"("amount":"{}","code":"deposit","reference":"demo"}}]}})",
                          desk.site, kDeposit, budget_owner(desk), kDemoBudget));
}

std::string owner_of(const AgentId& device) { return "home of " + device.str(); }

void add(json::object& sums, std::string_view key, std::int64_t amount) {
  json::value& sum = sums[key];
  sum = (sum.is_int64() ? sum.get_int64() : 0) + amount;
}

/// Every page of a list, oldest or newest first, whichever the path gives.
Result<void> each_of(HttpClient& client, const MoneyDesk& desk, const std::string& path, const std::string& list,
                     const std::string& cursor, const std::function<void(const json::object&)>& take) {
  std::string next;
  do {
    const auto page =
        send(client, desk, HttpMethod::Get, path + "limit=1000" + (next.empty() ? "" : "&" + cursor + "=" + next));
    if (!page) return page.error();
    for (const json::value& each : page->at(list).as_array()) take(each.as_object());
    next = page->at("next").is_string() ? std::string(page->at("next").as_string()) : "";
  } while (!next.empty());
  return {};
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
  return kDemoBudget - units(*budget, "balance");
}

/// What a household's statement says of its device.
Result<json::object> statement_of(HttpClient& client, const MoneyDesk& desk, const AgentId& device) {
  json::object sums{{"earned", 0}, {"billed", 0}, {"sold", 0}};
  std::string owner = owner_of(device);
  for (std::size_t blank = owner.find(' '); blank != std::string::npos; blank = owner.find(' '))
    owner.replace(blank, 1, "%20");
  const auto found = send(client, desk, HttpMethod::Get, "v1/accounts?site=" + desk.site + "&asset=EUR&owner=" + owner);
  if (!found) return found.error();
  for (const json::value& account : found->at("accounts").as_array()) {
    const std::string path = "v1/statements/" + std::string(account.at("id").as_string()) + "?";
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
    if (asset.at("asset").as_string() == "EUR") even = asset.at("even").as_bool();
  return even;
}

}  // namespace

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
  const std::string tariff = fmt::format(R"({{"kind":"import","asset":"EUR","from":"{}","until":"{}","per_kwh":{}}})",
                                         day(-1), day(400), kDemoPricePerKwh);
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
    money.devices[device.str()] = json::object{{"EUR", std::move(*own)}};
  }
  (*sums)["earned"] = *earned;
  (*sums)["even"] = *even;
  (*sums)["adds_up"] = theirs.at("earned") == sums->at("earned") && theirs.at("billed") == sums->at("billed") &&
                       theirs.at("sold") == sums->at("to_producers");
  money.assets["EUR"] = std::move(*sums);
  return money;
}

}  // namespace balans::sim
