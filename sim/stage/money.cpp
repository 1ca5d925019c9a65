#include "sim/stage/money.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "common/crypto/crypto.hpp"
#include "common/io/http_client/http_client.hpp"
#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;

constexpr const char* kOutside = "018f0000000000000000000000000001";
constexpr const char* kBudget = "018f0000000000000000000000000002";
constexpr const char* kDeposit = "018f0000000000000000000000000003";

Result<json::object> send(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                          std::string body = "") {
  HttpRequest request{method, desk.address + path, {{"Authorization", "Bearer " + desk.token}}, std::move(body)};
  if (method != HttpMethod::Get) {
    request.headers.push_back({"Idempotency-Key", to_hex(blake2b(path + request.body).bytes)});
  }
  const Result<HttpResponse> response = client.send(request);
  if (!response) return response.error();
  if (response->status >= 300)
    return Error{path, "answered with status " + std::to_string(response->status) + ": " + response->body};
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

Result<void> fill_budget(HttpClient& client, const MoneyDesk& desk) {
  const std::string outside = account(desk, kOutside, "cash", "outside", "");
  if (const auto told = tell(client, desk, HttpMethod::Post, "v1/accounts", outside); !told) return told;
  const std::string budget = account(desk, kBudget, "flexibility-budget", budget_owner(desk), R"(,"credit_limit":"0")");
  if (const auto told = tell(client, desk, HttpMethod::Post, "v1/accounts", budget); !told) return told;
  return tell(client, desk, HttpMethod::Post, "v1/transfers",
              fmt::format(R"({{"site":"{}","transfers":[{{"id":"{}","asset":"EUR","payer":"outside","payee":"{}",)"
                          R"("amount":"{}","code":"deposit","reference":"demo"}}]}})",
                          desk.site, kDeposit, budget_owner(desk), kDemoBudget));
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
    const std::string station = fmt::format(R"({{"station":"{}","owner":"home of {}"}})", device.str(), device.str());
    if (const auto told = tell(client, desk, HttpMethod::Post, site + "/stations", station); !told) return told;
  }
  const auto day = [&](std::int64_t days) { return to_text(LocalTime((start + days * 86'400_s).ms())) + "Z"; };
  const std::string tariff = fmt::format(R"({{"kind":"import","asset":"EUR","from":"{}","until":"{}","per_kwh":{}}})",
                                         day(-1), day(400), kDemoPricePerKwh);
  return tell(client, desk, HttpMethod::Put, site + "/tariffs/demo", tariff);
}

Result<json::object> money_of(const MoneyDesk& desk) {
  HttpClient client;
  json::object sums{{"earned", 0}, {"billed", 0}, {"grid_share", 0}, {"to_producers", 0}, {"even", false}};
  const auto add = [&sums](std::string_view key, std::int64_t amount) { sums[key] = sums[key].as_int64() + amount; };
  std::string before;
  do {
    const auto page =
        send(client, desk, HttpMethod::Get,
             "v1/sites/" + desk.site + "/payment-runs?limit=1000" + (before.empty() ? "" : "&before=" + before));
    if (!page) return page.error();
    for (const json::value& run : page->at("runs").as_array()) {
      add("billed", units(run.as_object(), "billed") + units(run.as_object(), "supplier_received"));
      for (const char* key : {"grid_share", "to_producers"}) add(key, units(run.as_object(), key));
    }
    before = page->at("next").is_string() ? std::string(page->at("next").as_string()) : "";
  } while (!before.empty());
  const auto budget = send(client, desk, HttpMethod::Get, std::string("v1/accounts/") + kBudget);
  if (!budget) return budget.error();
  sums["earned"] = kDemoBudget - units(*budget, "balance");
  const auto trial = send(client, desk, HttpMethod::Get, "v1/trial-balance");
  if (!trial) return trial.error();
  for (const json::value& asset : trial->at("assets").as_array())
    if (asset.at("asset").as_string() == "EUR") sums["even"] = asset.at("even").as_bool();
  return json::object{{"EUR", std::move(sums)}};
}

}  // namespace balans::sim
