#pragma once
// Quarter-hours of a site's meters, put into the store as if they had been rolled up.

#include <string>
#include <vector>

#include "api/store/store.hpp"

namespace balans::api::test {

struct Quarter {
  std::string meter;
  std::int64_t imported_wh = 0;
  std::int64_t exported_wh = 0;
  Doubts doubts = Doubts();
};

/// In the caller's transaction; notes the slot.
inline Result<void> put_quarters(Store& store, const SiteId& site, UnixTime slot,
                                 const std::vector<Quarter>& quarters) {
  std::vector<DeviceName> names;
  for (const Quarter& quarter : quarters) names.push_back({site, *AgentId::parse(quarter.meter)});
  const auto devices = store.readings().lock(names);
  if (!devices) return devices.error();
  std::vector<DeviceSpan> spans;
  std::vector<DeviceBucket> buckets;
  for (std::size_t i = 0; i < quarters.size(); ++i) {
    Bucket bucket;
    bucket.start = slot;
    bucket.imported = WattHours(quarters[i].imported_wh);
    bucket.exported = WattHours(quarters[i].exported_wh);
    bucket.readings = 15;
    bucket.doubts = quarters[i].doubts;
    spans.push_back({(*devices)[i].id, {slot, slot + 15_min}});
    buckets.push_back({(*devices)[i].id, bucket});
  }
  if (const auto put = store.roll_ups().put(Level::QuarterHour, spans, buckets); !put) return put;
  return store.energy().note(spans);
}

}  // namespace balans::api::test
