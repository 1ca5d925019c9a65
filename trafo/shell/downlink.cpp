#include "trafo/shell/downlink.hpp"

#include <algorithm>
#include <charconv>

#include "common/io/http_client/event_stream.hpp"
#include "common/messages/signed.hpp"
#include "trafo/shell/rest.hpp"

namespace balans {
namespace {

constexpr std::chrono::seconds kSilence{60};  // the api says something every 15 s
constexpr Millis kFirstPause = 2_s;
constexpr Millis kLongestPause = 60_s;
constexpr std::int64_t kYear10000 = 253'402'300'800'000;
/// So many events of a stream that the api has not signed end it.
constexpr int kMostNoise = 16;

}  // namespace

Downlink::Downlink(OrderBook book, ApiAddress api, const Clock& clock, std::function<void(TrafoEvent)> on_event)
    : book_(std::move(book)),
      api_(std::move(api)),
      clock_(clock),
      on_event_(std::move(on_event)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Downlink::run(const std::stop_token& stop) {
  Millis pause = kFirstPause;
  while (!stop.stop_requested()) {
    const BootTime began = clock_.boot();
    const auto ended = listen(stop);
    if (stop.stop_requested()) return;
    if (!ended) on_event_(UplinkReport{"orders", 0, ended.error().message()});
    if (clock_.boot() - began > kLongestPause) pause = kFirstPause;  // it held for a while
    rest(stop, clock_.wall(pause));
    pause = std::min(pause * 2, kLongestPause);
  }
}

/// Until the stream ends. That it does is nothing bad: a proxy or a restart of the api may end it.
Result<void> Downlink::listen(const std::stop_token& stop) {
  const std::string path =
      "/v1/sites/" + api_.site.str() + "/orders/stream?at_ms=" + std::to_string((clock_.utc() + off_).ms());
  noise_ = 0;
  std::stop_source enough;
  const std::stop_callback with_all(stop, [&enough] { enough.request_stop(); });
  EventStreamReader reader([&](const ServerEvent& event) {
    if (event.name != "order" || enough.stop_requested()) return;
    if (take(event.data, stop) == Next::AskAgain) enough.request_stop();
  });
  bool heard = false;
  const auto on_bytes = [&](std::string_view bytes) {
    if (!heard) on_event_(UplinkReport{"orders", 1, ""});
    heard = true;
    reader.take(bytes);
  };
  const auto response =
      stream_client_.stream(signed_request(HttpMethod::Get, path, ""), on_bytes, kSilence, enough.get_token());
  if (enough.stop_requested()) return {};  // why was told when it happened
  if (!response) return response.error();
  if (const auto theirs = response->header("Balans-Time"); response->status == 400 && theirs) set_time(*theirs);
  if (response->status != 200)
    return Error{"api", "answers " + std::to_string(response->status) + ": " + response->body.substr(0, 300)};
  return {};
}

/// Whose clock is wrong does not matter here: the api only wants to see that the request is not an old one.
void Downlink::set_time(const std::string& theirs) {
  std::int64_t ms = 0;
  const auto [end, problem] = std::from_chars(theirs.data(), theirs.data() + theirs.size(), ms);
  const bool fine = problem == std::errc() && end == theirs.data() + theirs.size() && ms >= 0 && ms < kYear10000;
  if (fine) off_ = UnixTime(ms) - clock_.utc();
}

/// What could not be kept or acknowledged comes again with the next stream, and what follows it too.
Downlink::Next Downlink::take(const std::string& envelope, const std::stop_token& stop) {
  const auto taken = book_.take(envelope, clock_.utc_if_synchronised());
  if (!taken) {
    on_event_(UplinkReport{"orders", 0, "an order is not taken: " + taken.error().message()});
    return book_.missed_one() || ++noise_ > kMostNoise ? Next::AskAgain : Next::GoOn;
  }
  if (!taken->again) on_event_(OrdersChanged{book_.limits(), taken->text});
  return acknowledge(*taken, stop);
}

Downlink::Next Downlink::acknowledge(const TakenOrder& order, const std::stop_token& stop) {
  const std::string path = "/v1/sites/" + api_.site.str() + "/orders/" + std::to_string(order.id) + "/ack";
  const auto response = ack_client_.send(signed_request(HttpMethod::Post, path, encode(order.ack)), stop);
  if (response && response->status == 204) return Next::GoOn;
  on_event_(UplinkReport{
      "orders", 0,
      response ? "api answers " + std::to_string(response->status) + " to an ack" : response.error().message()});
  return !response || response->status >= 500 ? Next::AskAgain : Next::GoOn;
}

HttpRequest Downlink::signed_request(HttpMethod method, const std::string& path, const std::string& body) const {
  const std::string name = method == HttpMethod::Get ? "GET " : "POST ";
  const Signature signature = api_.signer->sign(signed_text("http", api_.deployment, name + path, body));
  HttpRequest request;
  request.method = method;
  request.url = api_.url + path;
  request.body = body;
  request.headers = {{"Content-Type", "application/json"},
                     {"Balans-Key", to_hex(api_.signer->public_key().bytes)},
                     {"Balans-Signature", to_hex(signature.bytes)}};
  return request;
}

}  // namespace balans
