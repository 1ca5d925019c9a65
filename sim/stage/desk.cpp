#include "sim/stage/desk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "common/crypto/crypto.hpp"

namespace balans::sim::desk {
namespace {

namespace json = boost::json;

std::string in_query(std::string text) {
  for (std::size_t blank = text.find(' '); blank != std::string::npos; blank = text.find(' '))
    text.replace(blank, 1, "%20");
  return text;
}

}  // namespace

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

Result<object> send(HttpClient& client, const MoneyDesk& desk, HttpMethod method, const std::string& path,
                    std::string body) {
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

std::int64_t units(const object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  std::int64_t number = 0;
  if (value && value->is_string()) std::from_chars(value->get_string().begin(), value->get_string().end(), number);
  return number;
}

Result<void> each_of(HttpClient& client, const MoneyDesk& desk, const std::string& path, const std::string& list,
                     const std::string& cursor, const std::function<void(const object&)>& take) {
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

Result<std::optional<object>> account_of(HttpClient& client, const MoneyDesk& desk, const std::string& site,
                                         const std::string& owner) {
  const std::string of_site = site.empty() ? "" : "site=" + site + "&";
  const auto found = send(client, desk, HttpMethod::Get,
                          "v1/accounts?" + of_site + "asset=" + desk.currency.asset + "&owner=" + in_query(owner));
  if (!found) return found.error();
  const json::array& accounts = found->at("accounts").as_array();
  if (accounts.empty()) return std::optional<object>();
  return std::optional(accounts.front().as_object());
}

}  // namespace balans::sim::desk
