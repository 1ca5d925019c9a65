#pragma once
// Of one device: its minutes from readings and evidence, and the course that the rule reckons from them.

#include "api/app/flexibility_record.hpp"

namespace balans::api {

struct DeviceRecord {
  std::vector<flexibility::Minute> minutes;
  WattHours counter_before;
  flexibility::Course course;
};

/// Empty minutes where there is nothing to reckon with: no session, or no readings. A course that does not have as many
/// minutes means that the record contradicts itself.
Result<DeviceRecord> device_record(Store& store, const SiteId& site, const DeviceEvidence& record, UnixTime known);

}  // namespace balans::api
