#pragma once
// The api's wallets over REST.

#include <boost/json/value.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "common/crypto/crypto.hpp"
#include "common/io/http_client/http_client.hpp"
#include "common/result.hpp"

namespace balans::cli {

/// Where the api is, and who asks.
struct ApiPlace {
  std::string url;  ///< `https://balans.example`
  std::filesystem::path token;
  HttpOptions http;
};

/// What wallets of that api are pinned to.
struct WalletHome {
  DeploymentId deployment;
  std::string chain;                          ///< identifier
  std::optional<boost::json::object> wallet;  ///< of the account that was asked for
};

/// Blocks. What is asked again after an answer that was lost is done once: requests carry ids of their own.
class WalletApi {
 public:
  /// Reads the token.
  static Result<WalletApi> open(const ApiPlace& place);

  Result<boost::json::object> get(const std::string& path);
  /// `session`: of an open wallet, or empty. The body is wiped afterwards.
  Result<boost::json::object> post(const std::string& path, std::string body, const std::string& session = "");
  Result<boost::json::object> put(const std::string& path, std::string body);
  Result<void> remove(const std::string& path);

  Result<WalletHome> home(const std::string& account);

 private:
  WalletApi(std::string url, std::string token, HttpOptions http)
      : url_(std::move(url)), token_(std::move(token)), client_(std::move(http)) {}
  Result<std::string> send(HttpMethod method, const std::string& path, std::string body, const std::string& session);

  std::string url_;
  std::string token_;
  HttpClient client_;
};

/// A text of an answer; an error where it is missing.
Result<std::string> text_of(const boost::json::object& answer, std::string_view name);
/// 32 hexadecimal digits: 48 bits of time, then random bits.
std::string fresh_id();
/// Whether it is one, so that it can stand in a path.
Result<std::string> parse_wallet_id(const std::string& text);

}  // namespace balans::cli
