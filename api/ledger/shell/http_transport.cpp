#include "api/ledger/shell/http_transport.hpp"

#include <algorithm>
#include <utility>

#include "api/ledger/iota/shown.hpp"

namespace balans::iota {
namespace {

HttpOptions bounded(HttpOptions options) {
  options.max_response_bytes = std::min(options.max_response_bytes, kMostAnswerBytes);
  return options;
}

}  // namespace

HttpTransport::HttpTransport(HttpOptions options, std::stop_token stop)
    : client_(bounded(std::move(options))), stop_(std::move(stop)) {}

Result<std::string> HttpTransport::post(const std::string& endpoint, const std::string& body) {
  auto answer = client_.send({HttpMethod::Post, endpoint, {{"Content-Type", "application/json"}}, body}, stop_);
  if (!answer) return Error{shown_endpoint(endpoint), shown_text(answer.error().what)};
  if (answer->status != 200)
    return Error{shown_endpoint(endpoint),
                 "answered " + std::to_string(answer->status) + ": " + shown_text(answer->body)};
  return std::move(answer->body);
}

}  // namespace balans::iota
