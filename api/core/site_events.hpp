#pragma once
// What has happened at a site between two of its states, in words a screen or a log can show.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/messages/messages.hpp"

namespace balans::api {

enum class SiteEventKind : std::uint8_t {
  Restarted,    ///< the controller
  AlarmRaised,  ///< `detail` is the alarm
  AlarmCleared,
  DeviceState,   ///< a device follows, is in failsafe, in fault, …
  DeviceSilent,  ///< no status for longer than expected; `detail` is "silent" or "heard"
  DeviceStuck,   ///< does not follow its limit; `detail` is "stuck" or "obeys"
  LimitReason,   ///< a device's limit has another reason now
  MeterQuality,  ///< a meter is trusted more or less than before
  OverLimit,     ///< a node's load is above its limit, or below it again
};
std::string_view name_of(SiteEventKind kind);

struct SiteEvent {
  UnixTime at;  ///< by the site's clock
  SiteEventKind kind;
  std::string subject;  ///< a device, meter or node; empty: the site
  std::string detail;
  bool operator==(const SiteEvent&) const = default;
};

/// At most `kMostSiteEvents` of one step: a site that changes everything at once is not described event by event.
inline constexpr std::size_t kMostSiteEvents = 200;
std::vector<SiteEvent> events_between(const TrafoState& before, const TrafoState& after);

std::string encode(const SiteEvent& event);

}  // namespace balans::api
