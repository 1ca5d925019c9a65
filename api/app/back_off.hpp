#pragma once
// What has failed is left alone for a while, so that nobody tries it each second.

#include <map>

#include "common/ids.hpp"
#include "common/units.hpp"

namespace balans::api {

/// Sites of which something has failed lately. It is kept in memory: after a new start, so with a changed
/// configuration, everything is tried at once. Belongs to one thread.
class BackOff {
 public:
  static constexpr Millis kFor = 600_s;

  /// A clock that was set back holds nobody up for longer.
  [[nodiscard]] bool waits(const SiteId& site, UnixTime now) const {
    const auto found = failed_.find(site);
    return found != failed_.end() && found->second <= now && now < found->second + kFor;
  }
  void failed(const SiteId& site, UnixTime now) { failed_[site] = now; }
  void worked(const SiteId& site) { failed_.erase(site); }

 private:
  std::map<SiteId, UnixTime> failed_;  ///< when, the last time
};

}  // namespace balans::api
