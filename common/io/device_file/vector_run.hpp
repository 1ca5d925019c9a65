#pragma once
// One vector of a device file through the real driver.

#include "common/io/device_file/device_file.hpp"
#include "common/result.hpp"

namespace balans {

/// Levels that are shares of a name plate count with this one.
inline constexpr Milliamps kVectorNameplate = 10_A;

/// An error says what came instead.
Result<void> run_vector(const DeviceFile& file, const DeviceVector& vector);

/// A virtual device from the same file shows what the driver reads in the first vector.
Result<void> show_again(const DeviceFile& file);

}  // namespace balans
