#include "sim/device/modelled_device.hpp"

#include <algorithm>
#include <cstdlib>

namespace balans::sim {
namespace {

DevicePlan plan_of(const DeviceModelSetup& setup) {
  DevicePlan plan;
  plan.id = *AgentId::parse("device");
  plan.kind = kind_of(setup.load);
  plan.file = setup.description.name;
  for (int i = 0; i < setup.phases; ++i) plan.phases.push_back(kPhases.at(static_cast<std::size_t>(i)));
  plan.max = setup.max;
  if (setup.load == LoadKind::Battery || setup.load == LoadKind::Roof) plan.max_feed = setup.max;
  plan.installed_timeout = setup.installed_timeout;
  return plan;
}

}  // namespace

ModelledDevice::ModelledDevice(DeviceModelSetup setup, const DevicePlan& plan,
                               std::unique_ptr<DeviceRegisters> registers)
    : setup_(std::move(setup)),
      registers_(std::move(registers)),
      device_(plan, setup_.description.control.value_or(Control{}), appliance_of(setup_)),
      random_(setup_.seed) {}

Result<std::unique_ptr<ModelledDevice>> ModelledDevice::make(const DeviceModelSetup& setup) {
  DevicePlan plan = plan_of(setup);
  const auto& control = setup.description.control;
  if (control && control->watchdog && !plan.installed_timeout)
    plan.installed_timeout = control->watchdog->default_timeout.value_or(DeviceRegisters::kUsualTimeout);
  const Watts rated(largest_power(setup).count() / 1000);
  StartValues start{setup.phases, std::nullopt, plan.installed_timeout};
  if (control && ((control->draw && control->draw->rated_power) || (control->feed && control->feed->rated_power)))
    start.rated_power = rated;
  auto registers = DeviceRegisters::make(setup.description, start);
  if (!registers) return registers.error();
  return std::unique_ptr<ModelledDevice>(new ModelledDevice(setup, plan, std::move(*registers)));
}

Result<void> ModelledDevice::plug(CarNeed need) {
  if (!device_.car()) return Error{setup_.description.name, "is no charger"};
  need.conductors = std::min(need.conductors, setup_.phases);
  need.max = std::min(need.max, setup_.max);
  device_.plug(need);
  return {};
}

Result<void> ModelledDevice::unplug() {
  if (!device_.car()) return Error{setup_.description.name, "is no charger"};
  device_.unplug();
  return {};
}

Result<void> ModelledDevice::set_wish(BatteryWish wish) {
  if (!device_.home_battery()) return Error{setup_.description.name, "is no battery"};
  device_.home_battery()->set_wish(wish);
  return {};
}

void ModelledDevice::set_fault(ModelFault fault) {
  fault_ = fault;
  RegisterFault of_registers = RegisterFault::None;
  if (fault == ModelFault::Unanswered) of_registers = RegisterFault::Unanswered;
  if (fault == ModelFault::Exception) of_registers = RegisterFault::Exception;
  if (fault == ModelFault::Stuck) of_registers = RegisterFault::Stuck;
  registers_->set_fault(is_off() ? RegisterFault::Unanswered : of_registers);
  device_.set_obedience(fault == ModelFault::Disobey ? Obedience::Ignores : Obedience::Obeys);
}

void ModelledDevice::restart(Millis off) {
  off_ = off;
  device_.lose_power();
  registers_->set_fault(RegisterFault::Unanswered);
}

void ModelledDevice::step(LocalTime now, Millis dt) {
  if (is_off()) {
    off_ -= dt;
    if (is_off()) return;
    if (const auto begun = registers_->restart(); !begun) show_problem_ = begun.error().message();
    set_fault(fault_);
  }
  device_.step(now, dt, grid(now), registers_->take_orders());
  measured_ = device_.sample();
  measured_.frequency = Millihertz(50'000 + random_.between(-20, 20));
  if (fault_ != ModelFault::Frozen) show(now);
}

/// A few volts up and down within ten minutes, each phase in its own time.
PerPhase<Millivolts> ModelledDevice::grid(LocalTime now) {
  PerPhase<Millivolts> grid;
  for (Phase p : kPhases) {
    const std::int64_t at = (now.ms() / 1000 + 200 * static_cast<std::int64_t>(p)) % 600;
    grid[p] = defaults::kNominal + Millivolts(10 * (std::abs(at - 300) - 150) + random_.between(-100, 100));
  }
  return grid;
}

void ModelledDevice::show_quantity(QuantityId id, std::int64_t value) {
  const QuantityField* quantity = setup_.description.find(id);
  if (quantity == nullptr) return;
  const auto shown = registers_->image().set(id, as_shown(*quantity, value));
  if (!shown) show_problem_ = shown.error().message();
}

/// A device that has no word for a state says something that its file does not know.
void ModelledDevice::show_vehicle(VehicleState state) {
  const QuantityField* quantity = setup_.description.find(QuantityId::VehicleState);
  if (quantity == nullptr) return;
  const auto shown = registers_->image().set(state);
  if (shown || quantity->presence == Presence::Required || quantity->states.empty()) {
    if (!shown) show_problem_ = shown.error().message();
    return;
  }
  std::int64_t unknown = 0;
  while (quantity->states.contains(unknown)) ++unknown;
  const auto words = encode_words(Int128{unknown}, quantity->field.encoding);
  if (words)
    registers_->image().set_words(quantity->field.function, quantity->field.address, *words, quantity->field.unit_id);
}

/// A device that tells the limit in force tells also what it has fallen back to.
void ModelledDevice::show_applied() {
  const std::optional<Control>& control = registers_->image().description().control;
  if (!control || control->confirm != Confirm::Applied || !control->draw || !control->draw->read_back) return;
  if (!truth().fallen_back || control->draw->unit != LimitUnit::MilliampsPerPhase) return;
  const Field& field = *control->draw->read_back;
  const auto words = words_for(field, truth().allowed.count(), field.shown_scale_factor, Rounding::Nearest);
  if (words) registers_->image().set_words(field.function, field.address, *words, field.unit_id);
}

void ModelledDevice::show(LocalTime now) {
  show_problem_.clear();
  const auto phases = static_cast<std::size_t>(setup_.phases);
  for (std::size_t i = 0; i < phases; ++i) {
    const auto nth = [i](QuantityId first) { return static_cast<QuantityId>(static_cast<std::size_t>(first) + i); };
    show_quantity(nth(QuantityId::CurrentL1), measured_.current->values[i].count());
    show_quantity(nth(QuantityId::VoltageL1), measured_.voltage->values[i].count());
    show_quantity(nth(QuantityId::PowerL1), measured_.power->values[i].count());
  }
  show_quantity(QuantityId::Power, measured_.total_power->count());
  show_quantity(QuantityId::EnergyImport, measured_.energy_import->count());
  show_quantity(QuantityId::EnergyExport, measured_.energy_export->count());
  show_quantity(QuantityId::Frequency, measured_.frequency->count());
  show_quantity(QuantityId::Clock, now.ms() / 1000);
  if (measured_.state_of_charge) show_quantity(QuantityId::StateOfCharge, measured_.state_of_charge->count());
  if (measured_.vehicle) show_vehicle(*measured_.vehicle);
  show_applied();
}

}  // namespace balans::sim
