#pragma once
// SunSpec devices keep their models one after the other behind a marker; where each starts must be found.

#include <cstdint>
#include <map>

#include "common/registers/description.hpp"
#include "common/registers/transport.hpp"

namespace balans {

/// Start address of each model. Looks for the marker at 40000, 50000 and 0 and walks at most 64 models.
Result<std::map<std::uint16_t, std::uint16_t>> locate_models(Transport& transport, std::uint8_t unit);
/// The description with every model-relative address made absolute; an error names a model that the device lacks.
Result<DeviceDescription> resolve_models(DeviceDescription description,
                                         const std::map<std::uint16_t, std::uint16_t>& starts);

}  // namespace balans
