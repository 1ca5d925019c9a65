#pragma once
// Use case: what a site's controller says about itself now, and what has happened since. Screens read it; it lives in
// memory and is back a tick after a restart. Only the thread that serves requests comes here.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/app/event_sink.hpp"
#include "api/core/site_events.hpp"
#include "common/io/clock/clock.hpp"
#include "common/messages/messages.hpp"

namespace balans::api {

struct LiveState {
  TrafoState state;
  EventText text;  ///< the event that tells of it
  std::uint64_t number = 0;
  BootTime received;
};

class LiveStates {
 public:
  enum class Outcome : std::uint8_t { Newest, Outdated };
  /// Told of every state that was news, and what has happened since the one before.
  using Listener = std::function<void(const TrafoState& state, const std::vector<SiteEvent>& events)>;

  LiveStates(EventSink& sink, const Clock& clock);

  void on_news(Listener listener) { listener_ = std::move(listener); }
  /// Latest wins: an older state changes nothing, unless a restarted controller (higher epoch) sent it.
  Outcome record(TrafoState state);
  /// The newest, null where a site has not spoken yet.
  [[nodiscard]] const LiveState* of(const SiteId& site) const;
  /// How long in real time ago the site spoke.
  [[nodiscard]] std::int64_t silent_ms(const LiveState& live) const;
  /// The events a listener gets at once: how old the newest state is, what it has missed since the event it names, if
  /// that is still known, and the newest state if it has not had it.
  [[nodiscard]] std::vector<EventText> greeting(const SiteId& site, std::string_view last_id) const;

 private:
  struct Feed {
    std::optional<LiveState> newest;
    std::deque<std::pair<std::uint64_t, EventText>> events;  ///< the last of them, with their numbers
    std::uint64_t numbered = 0;
  };

  void tell(Feed& feed, const SiteId& site, const SiteEvent& event);
  [[nodiscard]] std::string id_of(std::uint64_t number) const;
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view id) const;

  EventSink& sink_;
  const Clock& clock_;
  const std::string run_;  ///< tells this run's numbers from those of another
  Listener listener_;
  std::map<SiteId, Feed> feeds_;
};

}  // namespace balans::api
