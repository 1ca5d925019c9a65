#pragma once
// A network that loses, delays, reorders and repeats, and on which somebody may listen and speak.

#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/random.hpp"
#include "sim/twin/device.hpp"
#include "sim/twin/wire.hpp"

namespace balans::twin {

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
  Network(Random& random, const Sealing& sealing) : random_(random), sealing_(sealing) {}

  NetworkWeather weather;

  void send(WorldTime now, Message message) {
    ++sent_;
    const bool unheard = std::holds_alternative<Limit>(message.body) && deaf_.contains(message.agent);
    const bool lost = cut_off_.contains(message.agent) || unheard || random_.happens(weather.loss);
    if (lost && !overheard_) return;
    Parcel parcel = seal(std::move(message));
    if (lost) return;
    post(now, parcel);
    if (random_.happens(weather.repeat)) post(now, std::move(parcel));
  }
  /// The first message of a session arrives sooner or later: without it the session would be none.
  void send_for_sure(WorldTime now, Message message) { post(now, seal(std::move(message))); }
  /// As it is, by somebody who may publish anywhere.
  void inject(WorldTime now, Parcel parcel) { post(now, std::move(parcel)); }
  /// What has arrived by `now`.
  std::vector<Parcel> arrived(WorldTime now) {
    std::vector<Parcel> result;
    while (!on_the_way_.empty() && on_the_way_.begin()->first.first <= now) {
      result.push_back(std::move(on_the_way_.begin()->second));
      on_the_way_.erase(on_the_way_.begin());
    }
    return result;
  }
  [[nodiscard]] std::int64_t sent() const { return sent_; }
  void lose_all() { on_the_way_.clear(); }
  void cut_off(std::size_t agent) { cut_off_.insert(agent); }
  void join(std::size_t agent) { cut_off_.erase(agent); }
  /// Nothing reaches the agent any more, and what it says arrives.
  void deafen(std::size_t agent) { deaf_.insert(agent); }
  void heal(std::size_t agent) { deaf_.erase(agent); }
  [[nodiscard]] bool reaches(std::size_t agent) const { return !cut_off_.contains(agent); }

  /// From now on what is sent, lost or not, is kept: the newest, and some of the old. `keep` of each.
  void overhear(std::size_t keep) { overheard_.emplace(Overheard{keep, {}, {}}); }
  struct Overheard {
    std::size_t keep;
    std::deque<Parcel> newest, old;
  };
  [[nodiscard]] const std::optional<Overheard>& overheard() const { return overheard_; }

 private:
  Parcel seal(Message message) {
    Parcel parcel = sealing_.seal(std::move(message));
    if (overheard_) {
      overheard_->newest.push_back(parcel);
      if (overheard_->newest.size() > overheard_->keep) age_out(*overheard_);
    }
    return parcel;
  }
  /// Of what is no longer new every eighth is kept.
  void age_out(Overheard& heard) {
    if (++aged_ % 8 == 0) heard.old.push_back(std::move(heard.newest.front()));
    if (heard.old.size() > heard.keep) heard.old.pop_front();
    heard.newest.pop_front();
  }
  void post(WorldTime now, Parcel parcel) {
    const Millis most = random_.happens(weather.late) ? weather.latest : weather.usual;
    on_the_way_.emplace(std::pair(now + Millis(random_.between(0, most.count())), ++posted_), std::move(parcel));
  }

  Random& random_;
  const Sealing& sealing_;
  std::map<std::pair<WorldTime, std::uint64_t>, Parcel> on_the_way_;
  std::uint64_t posted_ = 0;
  std::int64_t sent_ = 0;
  std::uint64_t aged_ = 0;
  std::set<std::size_t> cut_off_, deaf_;
  std::optional<Overheard> overheard_;
};

}  // namespace balans::twin
