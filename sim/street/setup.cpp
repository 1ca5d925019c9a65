#include "sim/street/setup.hpp"

#include "common/io/device_file/device_file.hpp"
#include "sim/data/synthetic.hpp"

namespace balans::sim {
namespace {

Result<BaseLoad> base_load(const StreetOptions& options) {
  if (options.feeder) return load_feeder(*options.feeder);
  const std::filesystem::path folder = options.data_dir / "eu_lv_feeder";
  if (std::filesystem::is_directory(folder)) return load_feeder(folder.string());
  return synthetic_base_load();
}

Result<Motorists> drivers(const StreetOptions& options) {
  if (options.sessions) return load_sessions(*options.sessions, {options.start});
  const std::filesystem::path file = options.data_dir / "ev_sessions" / "norway_residential.csv";
  if (std::filesystem::is_regular_file(file)) return load_sessions(file.string(), {options.start});
  return synthetic_drivers(options.start);
}

Result<void> describe(StreetSetup& setup, std::size_t index, const std::filesystem::path& devices_dir) {
  const DevicePlan& plan = setup.world.plan[index];
  Result<DeviceDescription> description = load_device(devices_dir, plan.file);
  if (!description) return description.error();
  if (!description->control) return Error{plan.file, "has no control section, so " + plan.id.str() + " cannot be it"};
  setup.world.controls[index] = *description->control;
  setup.devices.push_back(std::move(*description));
  return {};
}

}  // namespace

Result<StreetSetup> set_up_world(const StreetOptions& options) {
  StreetSetup setup;
  Result<std::vector<DevicePlan>> plan = chosen(street_plan(), options.devices);
  if (!plan) return plan.error();
  Result<BaseLoad> base = base_load(options);
  if (!base) return base.error();
  Result<Motorists> people = drivers(options);
  if (!people) return people.error();
  setup.sources = {base->source, people->source, base->synthetic || people->synthetic};
  setup.world.start = options.start;
  setup.world.base = std::move(*base);
  setup.world.drivers = std::move(*people);
  setup.world.plan = std::move(*plan);
  setup.world.controls.resize(setup.world.plan.size());
  setup.world.policy = options.policy;
  return setup;
}

Result<StreetSetup> set_up(const StreetOptions& options) {
  Result<StreetSetup> setup = set_up_world(options);
  if (!setup) return setup;
  for (std::size_t i = 0; i < setup->world.plan.size(); ++i)
    if (Result<void> described = describe(*setup, i, options.devices_dir); !described) return described.error();
  Result<DeviceDescription> meter = load_device(options.devices_dir, kMeterFile);
  if (!meter) return meter.error();
  setup->meter = std::move(*meter);
  return setup;
}

}  // namespace balans::sim
