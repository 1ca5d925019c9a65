#pragma once
// Carries a ledger's questions over HTTPS.

#include <stop_token>
#include <string>

#include "api/ledger/iota/transport.hpp"
#include "common/io/http_client/http_client.hpp"

namespace balans::iota {

/// Belongs to one thread at a time; keeps its connection.
class HttpTransport final : public Transport {
 public:
  /// `options.max_response_bytes` is lowered to what the adapter reads. `stop` ends a question within about a second.
  explicit HttpTransport(HttpOptions options = {}, std::stop_token stop = {});

  /// An error for every status but 200.
  Result<std::string> post(const std::string& endpoint, const std::string& body) override;

 private:
  HttpClient client_;
  const std::stop_token stop_;
};

}  // namespace balans::iota
