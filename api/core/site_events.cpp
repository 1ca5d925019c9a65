#include "api/core/site_events.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "api/core/rfc3339.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::array<std::string_view, 9> kNames{"restarted",    "alarm-raised",  "alarm-cleared",
                                                 "device-state", "device-silent", "device-stuck",
                                                 "limit-reason", "meter-quality", "over-limit"};

/// Collects what is found, up to the most.
class Finder {
 public:
  explicit Finder(UnixTime at) : at_(at) {}
  void add(SiteEventKind kind, const std::string& subject, std::string detail) {
    if (events_.size() < kMostSiteEvents) events_.push_back({at_, kind, subject, std::move(detail)});
  }
  std::vector<SiteEvent> take() { return std::move(events_); }

 private:
  UnixTime at_;
  std::vector<SiteEvent> events_;
};

bool over_its_limit(const NodeState& node) {
  return std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    const Milliamps back = node.feed ? node.feed->rating[p] : node.rating[p];
    return node.load[p] > node.rating[p] || -node.load[p] > back;
  });
}

std::string reason_text(const DeviceState& device) {
  const std::string reason(name_of(device.reason));
  return device.binding.empty() ? reason : reason + ": " + device.binding;
}

void find_device(const DeviceState& before, const DeviceState& after, Finder& finder) {
  const std::string& agent = after.agent.str();
  if (before.state != after.state) {
    const std::string state(name_of(after.state));
    finder.add(SiteEventKind::DeviceState, agent, after.fault.empty() ? state : state + ": " + after.fault);
  }
  if (before.silent != after.silent) finder.add(SiteEventKind::DeviceSilent, agent, after.silent ? "silent" : "heard");
  if (before.stuck != after.stuck) finder.add(SiteEventKind::DeviceStuck, agent, after.stuck ? "stuck" : "obeys");
  // Which phase binds changes all the time; what for does not.
  if (before.reason != after.reason) finder.add(SiteEventKind::LimitReason, agent, reason_text(after));
}

/// Calls `pair` with each element that was there before.
template <class List, class Key, class Pair>
void each_pair(const List& before, const List& after, Key key, Pair pair) {
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < before.size(); ++i) known.emplace(key(before[i]), i);
  for (const auto& element : after)
    if (const auto found = known.find(key(element)); found != known.end()) pair(before[found->second], element);
}

void find_alarms(const TrafoState& before, const TrafoState& after, Finder& finder) {
  const auto has = [](const TrafoState& state, const std::string& alarm) {
    return std::find(state.alarms.begin(), state.alarms.end(), alarm) != state.alarms.end();
  };
  for (const std::string& alarm : after.alarms)
    if (!has(before, alarm)) finder.add(SiteEventKind::AlarmRaised, "", alarm);
  for (const std::string& alarm : before.alarms)
    if (!has(after, alarm)) finder.add(SiteEventKind::AlarmCleared, "", alarm);
}

}  // namespace

std::string_view name_of(SiteEventKind kind) { return kNames.at(static_cast<std::size_t>(kind)); }

std::vector<SiteEvent> events_between(const TrafoState& before, const TrafoState& after) {
  Finder finder(after.at);
  if (before.epoch != after.epoch)
    finder.add(SiteEventKind::Restarted, "", "epoch " + std::to_string(after.epoch.value));
  find_alarms(before, after, finder);
  each_pair(
      before.nodes, after.nodes, [](const NodeState& node) { return node.node; },
      [&](const NodeState& old, const NodeState& node) {
        if (over_its_limit(old) != over_its_limit(node))
          finder.add(SiteEventKind::OverLimit, node.node, over_its_limit(node) ? "above" : "below");
      });
  each_pair(
      before.meters, after.meters, [](const MeterState& meter) { return meter.meter; },
      [&](const MeterState& old, const MeterState& meter) {
        if (old.quality != meter.quality)
          finder.add(SiteEventKind::MeterQuality, meter.meter, std::string(name_of(meter.quality)));
      });
  each_pair(
      before.devices, after.devices, [](const DeviceState& device) { return device.agent.str(); },
      [&](const DeviceState& old, const DeviceState& device) { find_device(old, device, finder); });
  return finder.take();
}

std::string encode(const SiteEvent& event) {
  json::Writer w;
  w.begin_object().key("at").string(to_rfc3339(event.at)).key("kind").string(name_of(event.kind));
  w.key("subject").string(event.subject).key("detail").string(event.detail);
  return w.end_object().take();
}

}  // namespace balans::api
