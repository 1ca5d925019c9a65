#pragma once
// What the driver reads of a device, and where.

#include <vector>

#include "common/registers/driver.hpp"

namespace balans {

/// Whether the device can tell its setpoint.
bool can_be_read(const std::optional<LimitSpec>& spec);
/// What stands where at this level: in registers of its own, or where it was written. Empty: cannot be read.
std::vector<FixedRead> reads_of(const LimitSpec& spec, const LimitLevel& level);
/// The same for a pause.
std::vector<FixedRead> reads_of(const PauseByWrites& pause);

std::vector<RegisterSpan> read_back_spans(const DeviceDescription& description);
std::vector<RegisterSpan> poll_spans(const DeviceDescription& description);

/// The description without what is not used: another model of the device may lack those registers.
DeviceDescription used_of(DeviceDescription description, const DriverSettings& settings);

}  // namespace balans
