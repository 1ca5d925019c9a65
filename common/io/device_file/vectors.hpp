#pragma once
// The vectors of a device file.

#include <vector>

#include "common/io/config/config.hpp"
#include "common/io/device_file/device_file.hpp"

namespace balans {

std::vector<DeviceVector> read_vectors(const config::Section& root);

}  // namespace balans
