#pragma once
// The part of a device file that says how the device is limited.

#include "common/io/config/config.hpp"
#include "common/io/device_file/fields.hpp"
#include "common/registers/description.hpp"

namespace balans {

Control read_control(const config::Section& at, const FileOrders& orders);

}  // namespace balans
