#pragma once
// The server with a handler that does what tests want, on a thread of its own.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "api/http/server.hpp"
#include "tests/api/wire.hpp"

namespace balans::api::test {

/// Echoes bodies, opens streams, publishes on them.
class TestHandler final : public Handler {
 public:
  explicit TestHandler(EventSink& sink) : sink_(sink) {}

  std::variant<BodyLimit, Response> admit(const RequestHead& head) override {
    if (head.target == "/forbidden") return Response{401, "text/plain", {}, "no"};
    return BodyLimit{1000};
  }
  void handle(Request request, Reply reply) override {
    const std::string& target = request.head.target;
    if (target == "/stream") return reply(EventStream{"street", {event_text({"state", "first"})}});
    if (target == "/never") return unanswered_.push_back(std::move(reply));
    if (target == "/own") {
      EventStream own{"own", {event_text({"state", "first"})}};
      own.places = StreamPlaces::OfTheChannel;
      return reply(std::move(own));
    }
    if (target == "/revocable") {
      EventStream stream{"street", {event_text({"state", "first"})}};
      stream.allowed = [this] { return !revoked_; };
      return reply(std::move(stream));
    }
    if (target == "/revoke") revoked_ = true;
    if (target == "/publish") sink_.publish("own", event_text({"state", "second"}));
    if (target == "/publish") sink_.publish("street", event_text({"state", "second"}));
    if (target == "/flood") sink_.publish("street", event_text({"state", std::string(1'000'000, 'x')}));
    reply(Response{200, "text/plain", {}, "body:" + request.body});
  }

 private:
  EventSink& sink_;
  bool revoked_ = false;
  std::vector<Reply> unanswered_;
};

class Serving {
 public:
  explicit Serving(const ServerOptions& options = {})
      : server_(*Server::listen(options)), port_(server_->port()), handler_(*server_) {
    thread_ = std::jthread([this] {
      server_->run(handler_, [this] {
        ++beats_;
        beats_.notify_all();
      });
    });
  }
  ~Serving() { server_->stop(); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const ServerCounts& counts() const { return server_->counts(); }
  void wait_for_beats(int count) const {
    for (int seen = beats_; seen < count; seen = beats_) beats_.wait(seen);
  }

 private:
  std::unique_ptr<Server> server_;
  const std::uint16_t port_;
  TestHandler handler_;
  std::atomic<int> beats_ = 0;
  std::jthread thread_;
};

inline bool starts(const std::string& answer, std::string_view status) {
  return answer.starts_with("HTTP/1.1 " + std::string(status));
}
inline bool has(const std::string& answer, std::string_view text) { return answer.find(text) != std::string::npos; }

}  // namespace balans::api::test
