#include "sim/street/meter.hpp"

#include <limits>

namespace balans::sim {
namespace {

Sample scaled(Sample sample, std::int64_t factor) {
  for (Phase p : kPhases) {
    (*sample.current)[p] = (*sample.current)[p] * factor;
    (*sample.power)[p] = (*sample.power)[p] * factor;
  }
  sample.total_power = *sample.total_power * factor;
  return sample;
}

void show_not_a_number(RegisterImage& image) {
  for (const QuantityField& quantity : image.description().quantities) {
    const Field& field = quantity.field;
    const auto words = encode_words(std::numeric_limits<double>::quiet_NaN(), field.encoding);
    if (words) image.set_words(field.function, field.address, *words);
  }
}

}  // namespace

Sample meter_sample(const World& world) {
  const GridTruth& grid = world.grid();
  Sample sample;
  PerPhase<Watts> power;
  for (Phase p : kPhases) power[p] = Watts(grid.total[p].active.count() / 1000);
  sample.current = grid.current;
  sample.voltage = grid.voltage;
  sample.power = power;
  sample.total_power = power.sum();
  sample.energy_import = watt_hours(world.energy());
  sample.energy_export = watt_hours(world.fed_in());
  sample.frequency = grid.frequency;
  return sample;
}

void TransformerMeter::set_fault(MeterFault fault) {
  fault_ = fault;
  device_->set_answering(fault == MeterFault::Silent ? Answering::Silent : Answering::Normal);
}

Result<void> TransformerMeter::show(const World& world, LocalTime now) {
  const Sample honest = meter_sample(world);
  switch (fault_) {
    case MeterFault::None:
    case MeterFault::Silent:
      return device_->show(honest, now);
    case MeterFault::Freeze:
      break;
    case MeterFault::Nan:
      device_->edit(show_not_a_number);
      break;
    case MeterFault::Sign:
      return device_->show(scaled(honest, -1), now);
    case MeterFault::Times1000:
      return device_->show(scaled(honest, 1000), now);
  }
  return {};
}

}  // namespace balans::sim
