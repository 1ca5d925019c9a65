#pragma once
// A network that loses, delays, reorders and repeats.

#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "common/messages/messages.hpp"
#include "tests/trafo/core/protocol/device.hpp"
#include "tests/trafo/core/protocol/random.hpp"

namespace balans::protocol {

struct Message {
  std::size_t agent = 0;
  std::variant<Offer, Status, Limit> body;
};

/// Chances in a million.
struct NetworkWeather {
  std::int64_t loss = 0;
  std::int64_t repeat = 0;
  std::int64_t late = 0;  ///< takes up to `latest` instead of up to `usual`
  Millis usual{300};
  Millis latest{100'000};
};

class Network {
 public:
  explicit Network(Random& random) : random_(random) {}

  NetworkWeather weather;

  void send(WorldTime now, const Message& message) {
    if (cut_off_.contains(message.agent) || random_.happens(weather.loss)) return;
    post(now, message);
    if (random_.happens(weather.repeat)) post(now, message);
  }
  /// The first message of a session arrives sooner or later: without it the session would be none.
  void send_for_sure(WorldTime now, const Message& message) { post(now, message); }
  /// What has arrived by `now`.
  std::vector<Message> arrived(WorldTime now) {
    std::vector<Message> result;
    while (!on_the_way_.empty() && on_the_way_.begin()->first.first <= now) {
      result.push_back(std::move(on_the_way_.begin()->second));
      on_the_way_.erase(on_the_way_.begin());
    }
    return result;
  }
  void lose_all() { on_the_way_.clear(); }
  void cut_off(std::size_t agent) { cut_off_.insert(agent); }
  void join(std::size_t agent) { cut_off_.erase(agent); }

 private:
  void post(WorldTime now, const Message& message) {
    const Millis most = random_.happens(weather.late) ? weather.latest : weather.usual;
    on_the_way_.emplace(std::pair(now + Millis(random_.between(0, most.count())), ++posted_), message);
  }

  Random& random_;
  std::map<std::pair<WorldTime, std::uint64_t>, Message> on_the_way_;
  std::uint64_t posted_ = 0;
  std::set<std::size_t> cut_off_;
};

}  // namespace balans::protocol
