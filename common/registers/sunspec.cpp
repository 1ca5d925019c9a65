#include "common/registers/sunspec.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace balans {
namespace {

constexpr std::uint16_t kMarker[] = {0x5375, 0x6E53};  // "SunS"
constexpr std::uint16_t kStarts[] = {40000, 50000, 0};
constexpr std::uint16_t kEndModel = 0xFFFF;
constexpr int kMaxModels = 64;

/// 1 common; 101–103, 111–113 inverters; 120 nameplate; 121 settings; 122 status; 123 controls; 124 storage; 201–204,
/// 213 meters; 701 measurement; 702 capacity; 703 enter service; 704 controls; 713 storage; 802 battery.
constexpr std::array<std::pair<std::uint16_t, std::uint16_t>, 23> kLeastLengths{
    {{1, 65},    {101, 50},  {102, 50}, {103, 50}, {111, 60},  {112, 60},  {113, 60},  {120, 26},
     {121, 30},  {122, 44},  {123, 24}, {124, 24}, {201, 105}, {202, 105}, {203, 105}, {204, 105},
     {213, 124}, {701, 153}, {702, 50}, {703, 17}, {704, 57},  {713, 7},   {802, 62}}};

Error at_register(std::uint32_t address, std::string what) {
  return Error{"register " + std::to_string(address), std::move(what)};
}

Result<std::uint16_t> find_marker(Transport& transport, std::uint8_t unit) {
  Error last{"", "no SunSpec marker at 40000, 50000 or 0"};
  for (std::uint16_t start : kStarts) {
    const auto words = transport.read(ReadFunction::HoldingRegisters, unit, start, 2);
    if (!words)
      last = words.error();
    else if (words->size() == 2 && (*words)[0] == kMarker[0] && (*words)[1] == kMarker[1])
      return start;
  }
  return last;
}

/// What is wrong with a model that says this of itself.
Result<void> check_header(std::uint32_t at, std::uint16_t id, std::uint16_t length) {
  const std::string model = "SunSpec model " + std::to_string(id);
  if (id == 0) return at_register(at, "0 is no SunSpec model");
  if (length == 0) return at_register(at, model + " has length 0");
  if (at + 2U + length > 0xFFFF) return at_register(at, model + " reaches beyond register 65535");
  const std::optional<std::uint16_t> least = least_model_length(id);
  if (least && length < *least)
    return at_register(at, model + " has length " + std::to_string(length) + ", which is less than " +
                               std::to_string(*least) + ": the next one would overlap it");
  return {};
}

const ModelPlace* place_of(std::uint16_t id, const DeviceDescription& description, const ModelPlaces& places) {
  if (const auto place = places.find(id); place != places.end()) return &place->second;
  const auto listed = std::find_if(description.models.begin(), description.models.end(),
                                   [id](const SunSpecModel& model) { return model.id == id; });
  if (listed == description.models.end()) return nullptr;
  for (const std::uint16_t other : listed->alternatives)
    if (const auto place = places.find(other); place != places.end()) return &place->second;
  return nullptr;
}

struct Resolver {
  const DeviceDescription& listed;
  const ModelPlaces& places;
  std::optional<Error> wrong{};

  template <class AnyField>
  void operator()(AnyField& field) {
    if (!field.model) return;
    const ModelPlace* place = place_of(*field.model, listed, places);
    if (place == nullptr) {
      wrong = Error{"", "the device has no SunSpec model " + std::to_string(*field.model)};
      return;
    }
    const std::uint32_t end = std::max<std::uint32_t>(std::uint32_t{field.address} + field.encoding.words(),
                                                      field.scale_factor.value_or(0) + 1U);
    if (end > 2U + place->length) {
      wrong = Error{"", "the device's SunSpec model " + std::to_string(*field.model) + " has length " +
                            std::to_string(place->length) + " and ends before register " + std::to_string(end - 1)};
      return;
    }
    field.address = static_cast<std::uint16_t>(field.address + place->start);
    if (field.scale_factor) field.scale_factor = static_cast<std::uint16_t>(*field.scale_factor + place->start);
    field.model.reset();
  }
};

}  // namespace

std::optional<std::uint16_t> least_model_length(std::uint16_t id) {
  const auto known =
      std::find_if(kLeastLengths.begin(), kLeastLengths.end(), [id](const auto& entry) { return entry.first == id; });
  if (known == kLeastLengths.end()) return std::nullopt;
  return known->second;
}

Result<ModelPlaces> locate_models(Transport& transport, std::uint8_t unit) {
  const Result<std::uint16_t> marker = find_marker(transport, unit);
  if (!marker) return marker.error();
  ModelPlaces places;
  std::uint32_t at = *marker + 2U;
  for (int i = 0; i < kMaxModels && at <= 0xFFFE; ++i) {
    const auto header = transport.read(ReadFunction::HoldingRegisters, unit, static_cast<std::uint16_t>(at), 2);
    if (!header) return header.error();
    if (header->size() != 2) return at_register(at, "an answer of another length");
    const std::uint16_t id = header->front(), length = header->back();
    if (id == kEndModel) return places;
    if (auto fine = check_header(at, id, length); !fine) return fine.error();
    places.emplace(id, ModelPlace{static_cast<std::uint16_t>(at), length});
    at += 2U + length;
  }
  return at_register(at, "the SunSpec models have no end");
}

Result<DeviceDescription> resolve_models(DeviceDescription description, const ModelPlaces& places) {
  const DeviceDescription listed = description;
  Resolver resolver{listed, places};
  for_each_field(description, resolver);
  if (resolver.wrong) return *resolver.wrong;
  return description;
}

}  // namespace balans
