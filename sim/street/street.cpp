#include "sim/street/street.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace balans::sim {
namespace {

constexpr std::uint64_t kMaxTruthBytes = std::uint64_t{1} << 30;

}  // namespace

Street::Street(StreetSetup setup, VoltAmps rating)
    : start_(setup.world.start), rating_(rating), world_(std::move(setup.world)) {
  ledger_.emplace(world_, rating_);
}

Result<std::unique_ptr<Street>> Street::start(StreetSetup setup, VoltAmps rating,
                                              const std::optional<std::filesystem::path>& truth_file) {
  const DeviceDescription meter = setup.meter;
  const std::vector<DeviceDescription> devices = setup.devices;
  std::unique_ptr<Street> street(new Street(std::move(setup), rating));
  street->truth_file_ = truth_file;
  if (Result<void> opened = street->open_truth(); !opened) return opened.error();
  if (Result<void> listening = street->listen(meter, devices); !listening) return listening.error();
  return street;
}

Result<void> Street::open_truth() {
  if (!truth_file_) return {};
  truth_.open(*truth_file_, std::ios::binary | std::ios::trunc);
  truth_bytes_ = 0;
  if (!truth_) return Error{truth_file_->string(), "cannot be written"};
  return {};
}

void Street::write_truth(const std::string& line) {
  if (!truth_file_) return;
  truth_ << line << std::flush;
  truth_bytes_ += line.size();
  if (truth_bytes_ < kMaxTruthBytes) return;
  truth_.close();
  std::error_code ignored;
  std::filesystem::rename(*truth_file_, truth_file_->string() + ".1", ignored);
  static_cast<void>(open_truth());  // a disk that is full stops no street
}

Result<void> Street::listen(const DeviceDescription& meter, const std::vector<DeviceDescription>& devices) {
  auto meter_server = VirtualDevice::start(meter, 3, std::nullopt);
  if (!meter_server) return meter_server.error();
  meter_.emplace(std::move(*meter_server));
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const DevicePlan& plan = world_.devices()[i].plan();
    auto server = VirtualDevice::start(devices[i], static_cast<int>(plan.phases.size()), plan.rated_power,
                                       plan.installed_timeout);
    if (!server) return server.error().within(plan.id.str());
    devices_.push_back(std::move(*server));
  }
  return show(start_);
}

Result<void> Street::show(LocalTime now) {
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const StreetDevice& device = world_.devices()[i];
    if (Result<void> shown = devices_[i]->show(device.sample(), now); !shown)
      return shown.error().within(device.plan().id.str());
  }
  return meter_->show(world_, now);
}

void Street::second(LocalTime now) {
  if (now - start_ == Millis(0)) ledger_.emplace(world_, rating_);  // what was before the start does not count
  std::vector<Orders> orders;
  for (const auto& device : devices_) orders.push_back(device->take_orders());
  world_.step(now, 1_s, orders);
  static_cast<void>(show(now));  // a value too large for its register stays as it was, as in a real device
  if (now <= start_) return;
  const SecondTruth truth = ledger_->add(world_);
  write_truth(truth_line(world_, truth, now, (now - start_) / 1_s));
}

Result<std::size_t> Street::index_of(const AgentId& id) const {
  for (std::size_t i = 0; i < world_.devices().size(); ++i)
    if (world_.devices()[i].plan().id == id) return i;
  return Error{"", "the street has no '" + id.str() + "'"};
}

Result<std::size_t> Street::charger_index(const AgentId& id) const {
  Result<std::size_t> index = index_of(id);
  if (index && !world_.devices()[*index].car()) return Error{"", id.str() + " is no charger"};
  return index;
}

Result<void> Street::set_fault(const SetDeviceFault& fault) {
  const Result<std::size_t> index = index_of(fault.device);
  if (!index) return index.error();
  devices_[*index]->set_answering(fault.fault == DeviceFault::Silent ? Answering::Silent : Answering::Normal);
  world_.devices()[*index].set_obedience(fault.fault == DeviceFault::Disobey ? Obedience::Ignores : Obedience::Obeys);
  return {};
}

Result<void> Street::apply(const Command& command) {
  if (const auto* meter = std::get_if<SetMeterFault>(&command)) return meter_->set_fault(meter->fault), Result<void>();
  if (const auto* fault = std::get_if<SetDeviceFault>(&command)) return set_fault(*fault);
  if (const auto* base = std::get_if<AddBase>(&command)) return world_.add_base(base->current), Result<void>();
  const auto* plug = std::get_if<PlugCar>(&command);
  const Result<std::size_t> index = charger_index(plug ? plug->charger : std::get<UnplugCar>(command).charger);
  if (!index) return index.error();
  if (!plug) return world_.unplug(*index), Result<void>();
  const DevicePlan& charger = world_.devices()[*index].plan();
  CarNeed need = plug->need;
  need.conductors = std::min(need.conductors, static_cast<int>(charger.phases.size()));
  need.max = std::min(need.max, charger.max);
  world_.plug(*index, need);
  return {};
}

std::string Street::ports_json() const {
  namespace json = boost::json;
  const auto entry = [](const VirtualDevice& device) {
    return json::object{{"host", "127.0.0.1"}, {"port", device.port()}, {"unit", device.unit()}};
  };
  json::object devices;
  for (std::size_t i = 0; i < devices_.size(); ++i) devices[world_.devices()[i].plan().id.str()] = entry(*devices_[i]);
  return json::serialize(json::object{{"meter", entry(meter_->device())}, {"devices", devices}}) + "\n";
}

}  // namespace balans::sim
