#include "common/registers/field.hpp"

#include <gtest/gtest.h>

#include <array>

#include "common/registers/assemble.hpp"

namespace balans {
namespace {

RegisterMemory memory_with(std::uint16_t address, const std::vector<std::uint16_t>& words) {
  RegisterMemory memory;
  memory.put(ReadFunction::HoldingRegisters, address, words);
  return memory;
}

Field amps_at(std::uint16_t address, DataType type, Decimal scale = {}) {
  Field field;
  field.address = address;
  field.encoding.type = type;
  field.scale = scale;
  field.unit_exponent = 3;
  return field;
}

TEST(Field, ScaleAndUnitGiveTheBaseUnit) {
  EXPECT_EQ(*number_at(amps_at(1, DataType::U16, {1, -1}), memory_with(1, {115})), 11'500);
  EXPECT_EQ(*number_at(amps_at(1, DataType::I16, {-1, 0}), memory_with(1, {5})), -5000);
}

TEST(Field, TheResolutionIsOneStepOfWhatIsInItsRegisters) {
  EXPECT_EQ(*resolution_at(amps_at(1, DataType::U16, {1, -1}), memory_with(1, {115})), 100);
  EXPECT_EQ(*resolution_at(amps_at(1, DataType::I16, {-1, 0}), memory_with(1, {5})), 1000);
  EXPECT_EQ(*resolution_at(amps_at(1, DataType::U16, {1, -5}), memory_with(1, {5})), 1) << "never below the base unit";
  Field counter = amps_at(1, DataType::U16);
  counter.scale_factor = std::uint16_t{2};
  EXPECT_EQ(*resolution_at(counter, memory_with(1, {580, 3})), 1'000'000);
  EXPECT_EQ(*resolution_at(amps_at(1, DataType::F32), memory_with(1, {0x4B80, 0})), 2000) << "16,777,216 A";
  EXPECT_FALSE(resolution_at(amps_at(1, DataType::F32), memory_with(1, {0x7F80, 0})).ok()) << "infinite";
}

TEST(Field, AScaleFactorComesFromItsRegister) {
  Field field = amps_at(1, DataType::U16);
  field.scale_factor = std::uint16_t{2};
  EXPECT_EQ(*number_at(field, memory_with(1, {580, 0xFFFE})), 5800);
  EXPECT_EQ(*number_at(field, memory_with(1, {3, 1})), 30'000);
  EXPECT_EQ(number_at(field, memory_with(1, {3, 0x8000})).error().what, "its scale factor is not available");
  EXPECT_EQ(number_at(field, memory_with(1, {3, 11})).error().what, "its scale factor 11 is outside -10..10");
  EXPECT_EQ(number_at(field, memory_with(1, {3})).error().what, "its scale factor, register 2, was not read");
}

TEST(Field, WordsForIsTheInverse) {
  Field field = amps_at(1, DataType::U16);
  field.scale_factor = std::uint16_t{2};
  const auto words = words_for(field, 5800, -2, Rounding::Nearest);
  ASSERT_TRUE(words.ok());
  EXPECT_EQ(words->front(), 580);
}

TEST(Field, AWrittenCoilIsReadBackAsACoil) {
  WriteField coil;
  coil.function = WriteFunction::Coil;
  coil.address = 400;
  EXPECT_EQ(readable(coil).function, ReadFunction::Coils);
}

QuantityField current_field(DataType type) {
  QuantityField quantity;
  quantity.id = QuantityId::CurrentL1;
  quantity.field = amps_at(8, type);
  quantity.min = 0;
  quantity.max = 100'000;
  return quantity;
}

DeviceDescription with(const QuantityField& quantity) {
  DeviceDescription description;
  description.name = "meters/test";
  description.quantities = {quantity};
  return description;
}

TEST(Sample, NanNamesQuantityAndRegister) {
  const auto sample = assemble(with(current_field(DataType::F32)), memory_with(8, {0x7FC0, 0}));
  ASSERT_FALSE(sample.ok());
  EXPECT_EQ(sample.error().message(), "current_l1, register 8: NaN (not available)");
}

TEST(Sample, ASentinelIsNotAValue) {
  QuantityField quantity = current_field(DataType::U16);
  quantity.not_available = Int128{0xFFFF};
  const auto sample = assemble(with(quantity), memory_with(8, {0xFFFF}));
  ASSERT_FALSE(sample.ok());
  EXPECT_EQ(sample.error().message(), "current_l1, register 8: not available");
}

TEST(Sample, AnImplausibleValueIsAnError) {
  const auto sample = assemble(with(current_field(DataType::U16)), memory_with(8, {101}));
  ASSERT_FALSE(sample.ok());
  EXPECT_EQ(sample.error().message(), "current_l1, register 8: 101000 is outside 0..100000");
}

TEST(Sample, AnOptionalValueIsLeftOutInstead) {
  QuantityField quantity = current_field(DataType::F32);
  quantity.presence = Presence::Optional;
  const auto sample = assemble(with(quantity), memory_with(8, {0x7FC0, 0}));
  ASSERT_TRUE(sample.ok());
  EXPECT_FALSE(sample->current);
}

TEST(Sample, StatesAreThoseOfTheFileAndNoOthers) {
  QuantityField quantity;
  quantity.id = QuantityId::VehicleState;
  quantity.field.address = 5;
  quantity.states = {{2, VehicleState::A}, {7, VehicleState::C}};
  EXPECT_EQ(assemble(with(quantity), memory_with(5, {7}))->vehicle, VehicleState::C);
  const auto unknown = assemble(with(quantity), memory_with(5, {9}));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message(), "vehicle_state, register 5: state 9 is not one of those the device file lists");
}

TEST(Sample, LifeChangesWithVoltageButNotWithCurrent) {
  DeviceDescription description = with(current_field(DataType::U16));
  EXPECT_FALSE(assemble(description, memory_with(8, {1}))->life);
  QuantityField voltage = current_field(DataType::U16);
  voltage.id = QuantityId::VoltageL1;
  voltage.field.address = 9;
  voltage.max = 400'000;
  description.quantities.push_back(voltage);
  const auto before = assemble(description, memory_with(8, {1, 230}))->life;
  EXPECT_TRUE(before);
  EXPECT_EQ(assemble(description, memory_with(8, {2, 230}))->life, before);
  EXPECT_NE(assemble(description, memory_with(8, {1, 231}))->life, before);
}

TEST(Sample, ADeviceWithOneTerminalDrawsNothingOnTheOthers) {
  const auto sample = assemble(with(current_field(DataType::U16)), memory_with(8, {16}));
  EXPECT_EQ(sample->current, (PerPhase<Milliamps>{{16_A, 0_A, 0_A}}));
}

}  // namespace
}  // namespace balans
