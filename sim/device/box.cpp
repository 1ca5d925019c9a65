#include "sim/device/box.hpp"

#include <set>

namespace balans::sim {
namespace {

struct Units {
  std::set<std::uint8_t> ids{};
  template <class AnyField>
  void operator()(const AnyField& field) {
    if (field.unit_id != kOwnUnit) ids.insert(field.unit_id);
  }
};

}  // namespace

Result<std::vector<std::uint16_t>> Box::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                             std::uint16_t count) {
  auto found = sockets_.front()->read(function, unit, address, count);
  for (std::size_t i = 1; i < sockets_.size() && !found; ++i) found = sockets_[i]->read(function, unit, address, count);
  return found;
}

Result<void> Box::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                        std::span<const std::uint16_t> words) {
  Result<void> first = sockets_.front()->write(function, unit, address, words);
  for (std::size_t i = 1; i < sockets_.size(); ++i)
    if (sockets_[i]->write(function, unit, address, words)) first = {};
  return first;
}

std::vector<std::uint8_t> units_of(const DeviceDescription& description) {
  Units units;
  for_each_field(description, units);
  units.ids.insert(description.unit.value_or(1));
  return {units.ids.begin(), units.ids.end()};
}

}  // namespace balans::sim
