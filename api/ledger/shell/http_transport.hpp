#pragma once
// Carries a ledger's questions over HTTPS.

#include <string>

#include "api/ledger/iota/transport.hpp"
#include "common/io/http_client/http_client.hpp"

namespace balans::iota {

/// Belongs to one thread at a time; keeps its connection.
class HttpTransport final : public Transport {
 public:
  /// `options.max_response_bytes` is lowered to what the adapter reads.
  explicit HttpTransport(HttpOptions options = {});

  /// An error for every status but 200.
  Result<std::string> post(const std::string& endpoint, const std::string& body) override;

 private:
  HttpClient client_;
};

}  // namespace balans::iota
