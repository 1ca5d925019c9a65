#pragma once
// Use case: what a site's controller says about itself now. Screens read it; nothing else does, so it lives in memory
// and is back a tick after a restart.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/app/event_sink.hpp"
#include "common/io/clock/clock.hpp"
#include "common/messages/messages.hpp"

namespace balans::api {

struct LiveState {
  TrafoState state;
  std::string text;  ///< as the site sent it
  BootTime received;
};

class LiveStates {
 public:
  enum class Outcome : std::uint8_t { Newest, Outdated };

  LiveStates(EventSink& sink, const Clock& clock) : sink_(sink), clock_(clock) {}

  /// Latest wins: an older state changes nothing, unless a restarted controller (higher epoch) sent it.
  Outcome record(TrafoState state, std::string text);
  /// The newest, null where a site has not spoken yet.
  [[nodiscard]] const LiveState* of(const SiteId& site) const;
  /// How long in real time ago the site spoke.
  [[nodiscard]] std::int64_t silent_ms(const LiveState& live) const;
  /// The events a listener gets at once: how old the newest state is, and the state.
  [[nodiscard]] std::vector<Event> greeting(const SiteId& site) const;

 private:
  EventSink& sink_;
  const Clock& clock_;
  std::map<SiteId, LiveState> newest_;
};

}  // namespace balans::api
