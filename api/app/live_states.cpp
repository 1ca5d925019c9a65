#include "api/app/live_states.hpp"

#include <chrono>

#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr Millis kSilentAfter = 10_s;

}  // namespace

LiveStates::Outcome LiveStates::record(TrafoState state, std::string text) {
  const SiteId site = state.site;
  const auto held = newest_.find(site);
  if (held != newest_.end()) {
    const TrafoState& old = held->second.state;
    // A site's clock may be set back: once it has been silent for a while, whatever comes is news.
    const bool silent = clock_.boot() - held->second.received > kSilentAfter;
    if (!silent && state.at <= old.at && state.epoch <= old.epoch) return Outcome::Outdated;
  }
  const LiveState& live = newest_[site] = {std::move(state), std::move(text), clock_.boot()};
  sink_.publish(site.str(), {"state", live.text});
  return Outcome::Newest;
}

const LiveState* LiveStates::of(const SiteId& site) const {
  const auto found = newest_.find(site);
  return found == newest_.end() ? nullptr : &found->second;
}

std::int64_t LiveStates::silent_ms(const LiveState& live) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall(clock_.boot() - live.received)).count();
}

std::vector<Event> LiveStates::greeting(const SiteId& site) const {
  const LiveState* live = of(site);
  json::Writer age;
  age.begin_object().key("silent_ms");
  live != nullptr ? age.integer(silent_ms(*live)) : age.null();
  std::vector<Event> events{{"age", age.end_object().take()}};
  if (live != nullptr) events.push_back({"state", live->text});
  return events;
}

}  // namespace balans::api
