#include "common/registers/sunspec.hpp"

namespace balans {
namespace {

constexpr std::uint16_t kMarker[] = {0x5375, 0x6E53};  // "SunS"
constexpr std::uint16_t kStarts[] = {40000, 50000, 0};
constexpr std::uint16_t kEndModel = 0xFFFF;
constexpr int kMaxModels = 64;

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

struct Resolver {
  const std::map<std::uint16_t, std::uint16_t>& starts;
  std::optional<Error> missing;

  template <class AnyField>
  void operator()(AnyField& field) {
    if (!field.model) return;
    const auto start = starts.find(*field.model);
    if (start == starts.end()) {
      missing = Error{"", "the device has no SunSpec model " + std::to_string(*field.model)};
      return;
    }
    field.address = static_cast<std::uint16_t>(field.address + start->second);
    if (field.scale_factor) field.scale_factor = static_cast<std::uint16_t>(*field.scale_factor + start->second);
    field.model.reset();
  }
};

}  // namespace

Result<std::map<std::uint16_t, std::uint16_t>> locate_models(Transport& transport, std::uint8_t unit) {
  const Result<std::uint16_t> marker = find_marker(transport, unit);
  if (!marker) return marker.error();
  std::map<std::uint16_t, std::uint16_t> starts;
  std::uint32_t at = *marker + 2U;
  for (int i = 0; i < kMaxModels && at <= 0xFFFE; ++i) {
    const auto header = transport.read(ReadFunction::HoldingRegisters, unit, static_cast<std::uint16_t>(at), 2);
    if (!header) return header.error();
    if (header->front() == kEndModel) return starts;
    starts.emplace(header->front(), static_cast<std::uint16_t>(at));  // of repeated models the first counts
    at += 2U + header->back();
  }
  return Error{"register " + std::to_string(at), "the SunSpec models have no end"};
}

Result<DeviceDescription> resolve_models(DeviceDescription description,
                                         const std::map<std::uint16_t, std::uint16_t>& starts) {
  Resolver resolver{starts, std::nullopt};
  for_each_field(description, resolver);
  if (resolver.missing) return *resolver.missing;
  return description;
}

}  // namespace balans
