// How coarse the energy counters of the shipped meters are: a check of power against energy has to know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "common/io/device_file/device_file.hpp"
#include "common/registers/driver.hpp"
#include "common/registers/image.hpp"

namespace balans {
namespace {

using StepByName = std::map<std::string, std::int64_t>;

Result<Sample> shown_at(const DeviceDescription& device, std::int64_t watt_hours) {
  RegisterImage image(device);
  if (const auto set = image.set(QuantityId::EnergyImport, watt_hours); !set) return set.error();
  Driver driver(device, image, device.unit.value_or(1));
  if (const auto prepared = driver.prepare({}); !prepared) return prepared.error();
  return driver.poll();
}

std::vector<DeviceDescription> meters_with_a_counter() {
  std::vector<DeviceDescription> meters;
  for (const auto& entry : std::filesystem::directory_iterator("config/devices/meters")) {
    auto device = load_device(entry.path());
    EXPECT_TRUE(device) << device.error().message();
    if (device && device->find(QuantityId::EnergyImport) != nullptr) meters.push_back(*std::move(device));
  }
  return meters;
}

StepByName steps_at(std::int64_t watt_hours) {
  StepByName steps;
  for (const DeviceDescription& meter : meters_with_a_counter()) {
    const auto sample = shown_at(meter, watt_hours);
    EXPECT_TRUE(sample) << sample.error().message();
    if (sample) steps[meter.name] = sample->import_step.count();
  }
  return steps;
}

TEST(EnergyStep, OfEachMeterAfterAYearOfATransformer) {
  const StepByName expected{{"meters/abb_b23_b24", 10},
                            {"meters/carlo_gavazzi_em24_e1", 100},
                            {"meters/carlo_gavazzi_em24_rtu", 100},
                            {"meters/carlo_gavazzi_em340", 100},
                            {"meters/chint_dtsu666", 63},
                            {"meters/eastron_sdm630", 63},
                            {"meters/eastron_sdm72d_m", 63},
                            {"meters/eastron_sdm72d_m_v2", 63},
                            {"meters/inepro_pro380", 63},
                            {"meters/janitza_b23", 64},
                            {"meters/janitza_umg604", 64},
                            {"meters/janitza_umg806", 64},
                            {"meters/janitza_umg96rm_e", 64},
                            {"meters/schneider_iem3000", 1},
                            {"meters/schneider_pm5100", 1},
                            {"meters/siemens_pac2200", 1},
                            {"meters/socomec_countis_e", 10},
                            {"meters/sunspec_201", 1},
                            {"meters/sunspec_203", 1},
                            {"meters/sunspec_204", 1}};
  EXPECT_EQ(steps_at(1'000'000'000), expected);
}

/// What the counter shows is never further from the truth than its step, however large it has grown.
TEST(EnergyStep, NothingIsRoundedByMore) {
  for (const DeviceDescription& meter : meters_with_a_counter())
    for (const std::int64_t energy : {0LL, 999LL, 12'345'678LL, 123'456'789LL, 1'234'567'891LL}) {
      const auto sample = shown_at(meter, energy);
      ASSERT_TRUE(sample) << sample.error().message();
      EXPECT_LE(std::abs(sample->energy_import->count() - energy), sample->import_step.count())
          << meter.name << " at " << energy;
    }
}

}  // namespace
}  // namespace balans
