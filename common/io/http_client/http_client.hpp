#pragma once
// Requests to the api: plain structs around libcurl. Blocks, so it is called from a worker thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace balans {

enum class HttpMethod : std::uint8_t { Get, Post, Put, Delete };

/// The address without user and password, for errors and logs.
std::string without_user(std::string_view url);

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  HttpMethod method = HttpMethod::Get;
  std::string url;
  std::vector<HttpHeader> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;  ///< any status is an answer; only its absence is an Error
  std::vector<HttpHeader> headers;
  std::string body;

  /// The first header of that name, whatever its case.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

struct HttpTls {
  std::optional<std::filesystem::path> ca;  ///< instead of the system's
  std::optional<std::filesystem::path> certificate;
  std::optional<std::filesystem::path> key;
};

struct HttpOptions {
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds total_timeout{30000};
  std::size_t max_request_bytes = 16 * 1024 * 1024;
  std::size_t max_response_bytes = 4 * 1024 * 1024;
  HttpTls tls;
};

/// Keeps its connection between requests. Belongs to one thread at a time. Follows no redirects and uses no proxy from
/// the environment.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// A stop request ends the transfer within about a second.
  Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop = {});

  /// Hands over what a successful answer brings as it comes, for as long as it comes: there is no total timeout, but
  /// the connection is given up when nothing has come for `silence`. Gives the answer once it has ended, without what
  /// was handed over. An answer that is no success keeps its body.
  Result<HttpResponse> stream(const HttpRequest& request, const std::function<void(std::string_view)>& on_bytes,
                              std::chrono::seconds silence, std::stop_token stop = {});

 private:
  struct State;
  struct Streaming;
  Result<HttpResponse> perform(const HttpRequest& request, const Streaming* streaming, std::stop_token stop);
  std::unique_ptr<State> state_;
};

}  // namespace balans
