#pragma once
// The stream of orders that the controller holds open to the api, on a thread of its own.

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "common/io/http_client/http_client.hpp"
#include "trafo/shell/events.hpp"
#include "trafo/shell/order_book.hpp"
#include "trafo/shell/recorder.hpp"

namespace balans {

class Downlink {
 public:
  /// Connects, and connects again with growing pauses for as long as it lives. `clock` outlives it.
  Downlink(OrderBook book, ApiAddress api, const Clock& clock, std::function<void(TrafoEvent)> on_event);
  Downlink(const Downlink&) = delete;
  Downlink& operator=(const Downlink&) = delete;

 private:
  void run(const std::stop_token& stop);
  Result<void> listen(const std::stop_token& stop);
  void set_time(const std::string& theirs);
  enum class Next : std::uint8_t { GoOn, AskAgain };
  Next take(const std::string& envelope, const std::stop_token& stop);
  Next acknowledge(const TakenOrder& order, const std::stop_token& stop);
  [[nodiscard]] HttpRequest signed_request(HttpMethod method, const std::string& path, const std::string& body) const;

  OrderBook book_;
  const ApiAddress api_;
  const Clock& clock_;
  const std::function<void(TrafoEvent)> on_event_;
  Millis off_;     ///< what the api's clock shows more than this one, where the api has minded
  int noise_ = 0;  ///< events of this stream that were not the api's
  HttpClient stream_client_;
  HttpClient ack_client_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans
