#pragma once
// SunSpec devices keep their models one after the other behind a marker; where each starts must be found.

#include <cstdint>
#include <map>
#include <optional>

#include "common/registers/description.hpp"
#include "common/registers/transport.hpp"

namespace balans {

/// Where a model lies: its first register, which holds its id, and the length that it says (without id and length).
struct ModelPlace {
  std::uint16_t start = 0;
  std::uint16_t length = 0;
  bool operator==(const ModelPlace&) const = default;
};
using ModelPlaces = std::map<std::uint16_t, ModelPlace>;

/// The least length of the models that device files use; absent: a model that is passed over.
std::optional<std::uint16_t> least_model_length(std::uint16_t id);

/// The place of each model; of repeated ones the first. Looks for the marker at 40000, 50000 and 0 and walks at most 64
/// models. A chain that has no end, a model of no length, one shorter than its kind (so that the next one would overlap
/// it) and one that reaches beyond the last register are errors.
Result<ModelPlaces> locate_models(Transport& transport, std::uint8_t unit);
/// The description with every model-relative address made absolute. An error names a model that the device lacks, or
/// that ends before a field.
Result<DeviceDescription> resolve_models(DeviceDescription description, const ModelPlaces& places);

}  // namespace balans
