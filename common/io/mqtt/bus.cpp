#include "common/io/mqtt/bus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/check.hpp"
#include "common/io/mqtt/connection.hpp"

namespace balans {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What the library's threads note and the program is told, in order: nothing of a connection before BusConnected.
/// Its lock is never held while calling the library, whose threads hold locks of their own when they call here.
class EventGate {
 public:
  EventGate(std::function<void(BusEvent)> on_event, std::size_t max_payload)
      : on_event_(std::move(on_event)), max_payload_(max_payload) {}

  void take(BusMessage message) {
    const std::lock_guard lock(mutex_);
    if (message.payload.size() > max_payload_ || held_.size() >= kMaxHeld) {
      ++refused_;
    } else if (open_) {
      on_event_(std::move(message));
    } else {
      held_.push_back(std::move(message));
    }
  }

  /// A connection that is to be opened may have been lost before it was announced.
  void prepare() {
    const std::lock_guard lock(mutex_);
    held_.clear();
    lost_.reset();
  }

  /// False when the connection was lost meanwhile.
  bool announce() {
    const std::lock_guard lock(mutex_);
    if (lost_) {
      tell(*lost_);
      return false;
    }
    open_ = true;
    last_reason_.clear();
    on_event_(BusConnected{});
    for (BusMessage& message : std::exchange(held_, {})) on_event_(std::move(message));
    return true;
  }

  void lose(std::string reason) {
    {
      const std::lock_guard lock(mutex_);
      if (lost_) return;
      lost_ = reason;
      // What was never announced is not told here: the attempt under way ends with `fail`.
      if (std::exchange(open_, false)) tell(std::move(reason));
    }
    wake_.notify_all();
  }

  /// An attempt failed: told when it failed otherwise than the one before.
  void fail(std::string reason) {
    const std::lock_guard lock(mutex_);
    if (lost_) reason += " (" + *lost_ + ")";
    tell(std::move(reason));
  }

  void wait_until_lost(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, stop, [this] { return lost_.has_value(); });
  }

  void pause(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, time, [] { return false; });
  }

  [[nodiscard]] bool open() const {
    const std::lock_guard lock(mutex_);
    return open_;
  }
  [[nodiscard]] std::int64_t refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  static constexpr std::size_t kMaxHeld = 10'000;

  void tell(std::string reason) {
    if (reason == last_reason_) return;
    last_reason_ = reason;
    on_event_(BusLost{std::move(reason)});
  }

  const std::function<void(BusEvent)> on_event_;
  const std::size_t max_payload_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool open_ = false;
  std::optional<std::string> lost_;
  std::string last_reason_;
  std::vector<BusMessage> held_;
  std::int64_t refused_ = 0;
};

class PahoBus final : public Bus {
 public:
  PahoBus(BusOptions options, std::function<void(BusEvent)> on_event)
      : options_(std::move(options)),
        gate_(std::move(on_event), options_.max_payload),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  Result<void> publish(const Publication& publication) override {
    if (publication.payload.size() > options_.max_payload)
      return Error{publication.topic,
                   fmt::format("{} bytes are more than {}", publication.payload.size(), options_.max_payload)};
    const std::lock_guard lock(mutex_);
    if (!connection_ || !gate_.open()) return Error{publication.topic, "not connected to the broker"};
    return connection_->publish(publication);
  }

  [[nodiscard]] bool connected() const override { return gate_.open(); }
  void reconnect() override {
    renew_ = true;
    gate_.lose("to be made anew");
  }
  [[nodiscard]] std::int64_t refused() const override { return gate_.refused(); }

 private:
  void run(const std::stop_token& stop) {
    auto retry = options_.first_retry;
    SteadyTime last_alive = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
      replace_if_useless(last_alive);
      if (open(stop)) {
        const SteadyTime since = std::chrono::steady_clock::now();
        gate_.wait_until_lost(stop);
        last_alive = std::chrono::steady_clock::now();
        // One that is thrown out at once (two programs with one name) must not knock ever faster.
        if (last_alive - since >= options_.last_retry) retry = options_.first_retry;
      }
      gate_.pause(stop, retry);
      retry = std::min(2 * retry, options_.last_retry);
    }
    close();
  }

  /// A client that has been away for long does not always find back by itself.
  void replace_if_useless(SteadyTime& last_alive) {
    const SteadyTime now = std::chrono::steady_clock::now();
    const bool renew = renew_.exchange(false);
    if (connection_ && !renew && !connection_->stuck() && now - last_alive < options_.replace_client_after) return;
    if (connection_) last_alive = now;
    const std::lock_guard lock(mutex_);
    if (connection_ && renew) connection_->close(std::nullopt);  // an orderly end: the will is not spoken
    connection_.reset();  // first: two clients of one name would throw each other out
    try {
      connection_ = std::make_unique<Connection>(
          options_, ConnectionEvents{[this](BusMessage message) { gate_.take(std::move(message)); },
                                     [this](std::string reason) { gate_.lose(std::move(reason)); }});
    } catch (const std::exception& problem) {
      gate_.fail(problem.what());
    }
  }

  bool open(const std::stop_token& stop) {
    if (!connection_) return false;
    gate_.prepare();
    // Without the lock: the gate is shut, so nobody publishes; and only this thread changes the pointer.
    if (auto opened = connection_->open(stop); !opened.ok()) {
      if (!stop.stop_requested()) gate_.fail(opened.error().message());
      return false;
    }
    return gate_.announce();
  }

  void close() {
    const std::lock_guard lock(mutex_);
    if (connection_) connection_->close(options_.will);
    connection_.reset();
  }

  const BusOptions options_;
  EventGate gate_;
  std::atomic<bool> renew_ = false;  ///< the client is to be replaced, however well it is
  std::mutex mutex_;                 ///< of the connection, against publish
  std::unique_ptr<Connection> connection_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Bus> make_bus(BusOptions options, std::function<void(BusEvent)> on_event) {
  BALANS_CHECK(on_event != nullptr);
  return std::make_unique<PahoBus>(std::move(options), std::move(on_event));
}

}  // namespace balans
