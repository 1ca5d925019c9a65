#pragma once
// Questions to an api elsewhere, with retries. What is asked twice is done once: every POST has a key of its own, which
// is the same at each try.

#include <functional>
#include <string>
#include <string_view>

#include "common/io/http_client/http_client.hpp"
#include "common/units.hpp"

namespace balans::api {

struct RestOptions {
  std::string base_url;  ///< `https://balans.example`, without a slash at the end
  std::string token;     ///< of the api there; empty: none is sent
  int tries = 4;
  Millis first_wait = 200_ms;  ///< before the second try; each further one is twice as long
  HttpOptions http;
};

/// Blocks, so it is used on a worker thread; belongs to one thread at a time.
class RestClient {
 public:
  /// `pause` waits that long; injected, so that tests need not.
  RestClient(RestOptions options, std::function<void(Millis)> pause);

  /// The body of a successful answer. An error where there is none after all tries, or the answer says that another try
  /// is of no use: then with what it says.
  Result<std::string> get(const std::string& path);
  Result<std::string> post(const std::string& path, std::string body, const std::string& idempotency_key);

 private:
  Result<std::string> send(HttpRequest request, const std::string& path);

  RestOptions options_;
  std::function<void(Millis)> pause_;
  HttpClient client_;
};

}  // namespace balans::api
