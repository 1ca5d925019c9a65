#include "cli/wallet/wallet_api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/crypto/secret.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kMostAnswer = 4 * 1024 * 1024;
constexpr int kTries = 3;
constexpr std::size_t kIdDigits = 32;

/// What the api says is wrong.
std::string detail_of(const HttpResponse& response) {
  const auto value = json::parse_strict(response.body, kMostAnswer);
  const auto* object = value ? value->if_object() : nullptr;
  const auto* detail = object == nullptr ? nullptr : object->if_contains("detail");
  const auto* title = object == nullptr ? nullptr : object->if_contains("title");
  std::string text = fmt::format("answers {}", response.status);
  for (const auto* part : {title, detail})
    if (part != nullptr && part->is_string()) text += ": " + std::string(part->as_string()).substr(0, 300);
  return text;
}

Result<boost::json::object> object_in(const std::string& where, const std::string& body) {
  auto value = json::parse_strict(body, kMostAnswer);
  if (!value) return value.error().within(where);
  if (!value->is_object()) return Error{where, "the answer is no JSON object"};
  return std::move(value->as_object());
}

}  // namespace

Result<WalletApi> WalletApi::open(const ApiPlace& place) {
  auto token = read_secret(place.token);
  if (!token) return token.error();
  std::string url = place.url;
  while (url.ends_with('/')) url.pop_back();
  return WalletApi(std::move(url), *std::move(token), place.http);
}

Result<std::string> WalletApi::send(HttpMethod method, const std::string& path, std::string body,
                                    const std::string& session) {
  HttpRequest request;
  request.method = method;
  request.url = url_ + path;
  request.body = std::move(body);
  request.headers = {{"Authorization", "Bearer " + token_}};
  if (!request.body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  if (!session.empty()) request.headers.push_back({"Balans-Wallet-Session", session});
  Error last{url_, "was not asked"};
  for (int made = 0; made < kTries; ++made) {
    auto response = client_.send(request);
    if (response && response->status < 300) return wipe(request.body), std::move(response->body);
    last = response ? Error{url_ + path, detail_of(*response)} : response.error();
    if (response) break;
  }
  wipe(request.body);
  return last;
}

Result<boost::json::object> WalletApi::get(const std::string& path) {
  const auto body = send(HttpMethod::Get, path, "", "");
  if (!body) return body.error();
  return object_in(url_ + path, *body);
}

Result<boost::json::object> WalletApi::post(const std::string& path, std::string body, const std::string& session) {
  const auto answer = send(HttpMethod::Post, path, std::move(body), session);
  if (!answer) return answer.error();
  return object_in(url_ + path, *answer);
}

Result<boost::json::object> WalletApi::put(const std::string& path, std::string body) {
  const auto answer = send(HttpMethod::Put, path, std::move(body), "");
  if (!answer) return answer.error();
  return object_in(url_ + path, *answer);
}

Result<void> WalletApi::remove(const std::string& path) {
  const auto answer = send(HttpMethod::Delete, path, "", "");
  if (!answer) return answer.error();
  return {};
}

Result<WalletHome> WalletApi::home(const std::string& account) {
  const auto shown = get("/v1/wallets?account=" + account);
  if (!shown) return shown.error();
  const auto deployment = text_of(*shown, "deployment");
  const auto* chain = shown->if_contains("chain");
  const auto* wallets = shown->if_contains("wallets");
  if (!deployment || chain == nullptr || !chain->is_object() || wallets == nullptr || !wallets->is_array())
    return Error{url_, "does not say what its wallets are pinned to"};
  const auto bytes = bytes32_from_hex(*deployment);
  const auto id = text_of(chain->as_object(), "id");
  if (!bytes || !id) return Error{url_, "does not say what its wallets are pinned to"};
  WalletHome home{{*bytes}, *id, std::nullopt};
  if (!wallets->as_array().empty() && wallets->as_array().front().is_object())
    home.wallet = wallets->as_array().front().as_object();
  return home;
}

Result<std::string> text_of(const boost::json::object& answer, std::string_view name) {
  const auto* found = answer.if_contains(name);
  if (found == nullptr || !found->is_string())
    return Error{"the api's answer", "has no text '" + std::string(name) + "'"};
  return std::string(found->as_string());
}

std::string fresh_id() {
  const std::string random = to_hex(random_bytes32());
  return fmt::format("{:012x}{}", SystemClock().utc().ms(), random.substr(0, kIdDigits - 12));
}

Result<std::string> parse_wallet_id(const std::string& text) {
  const bool is_hex =
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.size() == kIdDigits && is_hex) return text;
  return Error{"", "'" + text.substr(0, 80) + "' is not 32 digits 0-9 a-f"};
}

}  // namespace balans::cli
