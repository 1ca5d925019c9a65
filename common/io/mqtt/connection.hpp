#pragma once
// One Paho client. Exceptions of the library end here.

#include <mqtt/async_client.h>

#include <deque>
#include <functional>
#include <stop_token>
#include <string>

#include "common/io/mqtt/bus.hpp"
#include "common/result.hpp"

namespace balans {

/// Called from threads of the library, which may hold its locks: these only note what happened.
struct ConnectionEvents {
  std::function<void(BusMessage)> on_message;
  std::function<void(std::string reason)> on_lost;
};

class Connection {
 public:
  Connection(const BusOptions& options, ConnectionEvents events);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects and makes the subscriptions; returns when both are granted, refused or timed out.
  Result<void> open(const std::stop_token& stop);
  /// Does not wait for the broker.
  Result<void> publish(const Publication& publication);
  /// The last words, delivered if the broker takes them in time; then an orderly end.
  void close(const std::optional<Publication>& last_words);

  /// Some operation has neither succeeded nor failed, though the library had ample time: this client cannot be used
  /// again.
  [[nodiscard]] bool stuck() const { return stuck_; }

 private:
  Result<void> wait(const mqtt::token_ptr& token, std::chrono::milliseconds timeout, const std::string& what,
                    const std::stop_token& stop);
  Result<void> subscribe(const Subscription& subscription, const std::stop_token& stop);
  void abandon();

  const BusOptions& options_;
  ConnectionEvents events_;
  mqtt::async_client client_;
  std::deque<mqtt::delivery_token_ptr> in_flight_;
  bool stuck_ = false;
};

}  // namespace balans
