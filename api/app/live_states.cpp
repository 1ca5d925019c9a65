#include "api/app/live_states.hpp"

#include <charconv>
#include <chrono>

#include "api/core/limits.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr Millis kSilentAfter = 10_s;

EventText age_text(std::optional<std::int64_t> silent_ms) {
  json::Writer age;
  age.begin_object().key("silent_ms");
  silent_ms ? age.integer(*silent_ms) : age.null();
  return event_text({"age", age.end_object().take()});
}

}  // namespace

LiveStates::LiveStates(EventSink& sink, const Clock& clock)
    : sink_(sink), clock_(clock), run_(std::to_string(clock.boot().ms()) + "x" + std::to_string(clock.utc().ms())) {}

LiveStates::Outcome LiveStates::record(TrafoState state) {
  const SiteId site = state.site;
  Feed& feed = feeds_[site];
  std::vector<SiteEvent> events;
  if (feed.newest) {
    const TrafoState& old = feed.newest->state;
    // A site's clock may be set back: once it has been silent for a while, whatever comes is news.
    const bool silent = clock_.boot() - feed.newest->received > kSilentAfter;
    if (!silent && state.at <= old.at && state.epoch <= old.epoch) return Outcome::Outdated;
    events = events_between(old, state);
  }
  for (const SiteEvent& event : events) tell(feed, site, event);
  const std::uint64_t number = ++feed.numbered;
  const EventText text = event_text({"state", encode(state), id_of(number)});
  feed.newest = {std::move(state), text, number, clock_.boot()};
  sink_.publish(site.str(), text);
  if (listener_) listener_(feed.newest->state, events);
  return Outcome::Newest;
}

void LiveStates::tell(Feed& feed, const SiteId& site, const SiteEvent& event) {
  const std::uint64_t number = ++feed.numbered;
  const EventText text = event_text({"event", encode(event), id_of(number)});
  feed.events.emplace_back(number, text);
  if (feed.events.size() > limits::kLiveEventsKept) feed.events.pop_front();
  sink_.publish(site.str(), text);
}

const LiveState* LiveStates::of(const SiteId& site) const {
  const auto found = feeds_.find(site);
  return found == feeds_.end() || !found->second.newest ? nullptr : &*found->second.newest;
}

std::int64_t LiveStates::silent_ms(const LiveState& live) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall(clock_.boot() - live.received)).count();
}

std::vector<EventText> LiveStates::greeting(const SiteId& site, std::string_view last_id) const {
  const auto found = feeds_.find(site);
  if (found == feeds_.end() || !found->second.newest) return {age_text(std::nullopt)};
  const Feed& feed = found->second;
  std::vector<EventText> texts{age_text(silent_ms(*feed.newest))};
  const auto last = number_of(last_id);
  const bool known = last && *last <= feed.numbered && (feed.events.empty() || *last + 1 >= feed.events.front().first);
  if (!last_id.empty() && !known)
    texts.push_back(event_text({"missed", R"({"reason":"what happened since then is not kept here any more"})"}));
  if (known)
    for (const auto& [number, text] : feed.events)
      if (number > *last) texts.push_back(text);
  if (!known || feed.newest->number > *last) texts.push_back(feed.newest->text);
  return texts;
}

std::string LiveStates::id_of(std::uint64_t number) const { return run_ + "-" + std::to_string(number); }

std::optional<std::uint64_t> LiveStates::number_of(std::string_view id) const {
  if (!id.starts_with(run_ + "-")) return std::nullopt;
  id.remove_prefix(run_.size() + 1);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (failure != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace balans::api
