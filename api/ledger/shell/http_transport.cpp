#include "api/ledger/shell/http_transport.hpp"

#include <algorithm>
#include <utility>

namespace balans::iota {
namespace {

constexpr std::size_t kShownOfAnswer = 300;

HttpOptions bounded(HttpOptions options) {
  options.max_response_bytes = std::min(options.max_response_bytes, kMostAnswerBytes);
  return options;
}

}  // namespace

HttpTransport::HttpTransport(HttpOptions options, std::stop_token stop)
    : client_(bounded(std::move(options))), stop_(std::move(stop)) {}

Result<std::string> HttpTransport::post(const std::string& endpoint, const std::string& body) {
  auto answer = client_.send({HttpMethod::Post, endpoint, {{"Content-Type", "application/json"}}, body}, stop_);
  if (!answer) return answer.error();
  if (answer->status != 200)
    return Error{endpoint,
                 "answered " + std::to_string(answer->status) + ": " + answer->body.substr(0, kShownOfAnswer)};
  return std::move(answer->body);
}

}  // namespace balans::iota
