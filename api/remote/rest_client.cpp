#include "api/remote/rest_client.hpp"

#include <utility>

namespace balans::api {
namespace {

constexpr std::size_t kShownOfAnswer = 300;

bool is_success(int status) { return status >= 200 && status < 300; }
/// Whether the same request may succeed later: time-outs, too many requests, and what is wrong on the other side.
bool is_passing(int status) { return status == 408 || status == 425 || status == 429 || status >= 500; }

Error refusal(const std::string& where, const HttpResponse& answer) {
  return {where, "answered " + std::to_string(answer.status) + ": " + answer.body.substr(0, kShownOfAnswer)};
}

}  // namespace

RestClient::RestClient(RestOptions options, std::function<void(Millis)> pause)
    : options_(std::move(options)), pause_(std::move(pause)), client_(options_.http) {}

Result<std::string> RestClient::get(const std::string& path) {
  return send({HttpMethod::Get, options_.base_url + path, {}, ""}, path);
}

Result<std::string> RestClient::post(const std::string& path, std::string body, const std::string& idempotency_key) {
  HttpRequest request{HttpMethod::Post, options_.base_url + path, {}, std::move(body)};
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Idempotency-Key", idempotency_key});
  return send(std::move(request), path);
}

Result<std::string> RestClient::send(HttpRequest request, const std::string& path) {
  const std::string where = without_user(options_.base_url + path);
  if (!options_.token.empty()) request.headers.push_back({"Authorization", "Bearer " + options_.token});
  Millis wait = options_.first_wait;
  Error last{where, "was not asked"};
  for (int i = 0; i < options_.tries; ++i) {
    if (i > 0) {
      pause_(wait);
      wait = wait * 2;
    }
    auto answer = client_.send(request);
    if (answer && is_success(answer->status)) return std::move(answer->body);
    last = answer ? refusal(where, *answer) : answer.error().within(where);
    if (answer && !is_passing(answer->status)) return last;
  }
  return Error{last.where, last.what + " (" + std::to_string(options_.tries) + " tries)"};
}

}  // namespace balans::api
