#include "common/io/device_file/vectors.hpp"

#include "common/io/device_file/units.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxVectors = 100;
constexpr std::size_t kMaxWords = 125;
constexpr std::size_t kMaxWrites = 32;

std::vector<std::uint16_t> read_words(const config::Section& at, std::string_view key) {
  std::vector<std::uint16_t> words;
  const auto value = at.required(key);
  for (const std::string& text : value.texts(1, kMaxWords)) {
    const Result<std::uint16_t> word = parse_word(text);
    if (word)
      words.push_back(*word);
    else
      value.refuse(word.error().what);
  }
  return words;
}

void read_table(DeviceVector& vector, const config::Section& at, std::string_view key, ReadFunction function,
                std::uint8_t unit_id) {
  const auto table = at.optional_section(key);
  if (!table) return;
  for (const std::string& start : table->keys()) {
    const Result<std::uint16_t> address = parse_word(start);
    if (!address) table->refuse(address.error().what);
    std::uint16_t next = address ? *address : std::uint16_t{0};
    for (std::uint16_t word : read_words(*table, start)) vector.registers[{unit_id, function, next++}] = word;
  }
}

void read_tables(DeviceVector& vector, const config::Section& at, std::uint8_t unit_id) {
  read_table(vector, at, "coils", ReadFunction::Coils, unit_id);
  read_table(vector, at, "discrete", ReadFunction::DiscreteInputs, unit_id);
  read_table(vector, at, "holding", ReadFunction::HoldingRegisters, unit_id);
  read_table(vector, at, "input", ReadFunction::InputRegisters, unit_id);
}

/// Registers of other units than the device's own.
void read_units(DeviceVector& vector, const config::Section& at) {
  const auto units = at.optional_section("units");
  if (!units) return;
  for (const std::string& key : units->keys()) {
    const Result<std::uint16_t> unit = parse_word(key);
    if (!unit || *unit < 1 || *unit > 255) units->refuse("'" + key + "' is not a unit id: expected 1..255");
    read_tables(vector, units->section(key), unit ? static_cast<std::uint8_t>(*unit) : kOwnUnit);
  }
}

void read_expectations(DeviceVector& vector, const config::Section& expect) {
  for (const std::string& key : expect.keys()) {
    const auto value = expect.required(key);
    if (key == "setpoint_a" || key == "feed_setpoint_a") {
      (key == "setpoint_a" ? vector.setpoint_ma : vector.feed_setpoint_ma) = value.amps(0_A, 100'000_A).count();
      continue;
    }
    if (key == "phases_connected") {
      vector.phase_mode = value.choice<PhaseMode>({{"one", PhaseMode::Fewer}, {"three", PhaseMode::All}});
      continue;
    }
    const Result<QuantityId> id = parse_quantity(key);
    if (!id)
      value.refuse(id.error().what);
    else if (*id == QuantityId::VehicleState)
      vector.quantities[*id] =
          static_cast<std::int64_t>(value.parse([](std::string_view text) { return parse_name<VehicleState>(text); }));
    else
      vector.quantities[*id] =
          value.parse([&](std::string_view text) { return in_base_units(text, vector_unit(*id)); });
  }
}

void read_absent(DeviceVector& vector, const config::Section& at) {
  const auto value = at.optional("absent");
  for (const std::string& name : value.texts(1, kQuantityCount).value_or(std::vector<std::string>{})) {
    const Result<QuantityId> id = parse_quantity(name);
    if (id)
      vector.absent.push_back(*id);
    else
      value.refuse(id.error().what);
  }
}

RegisterWrite read_write(const config::Section& at) {
  return {at.required("fc").choice<WriteFunction>({{"5", WriteFunction::Coil},
                                                   {"6", WriteFunction::Register},
                                                   {"15", WriteFunction::Coils},
                                                   {"16", WriteFunction::Registers}}),
          at.required("register").parse([](std::string_view text) { return parse_word(text); }),
          read_words(at, "words"),
          static_cast<std::uint8_t>(at.optional("unit_id").integer(1, 255).value_or(kOwnUnit))};
}

/// What the driver is told, and what it writes then.
void read_actions(DeviceVector& vector, const config::Section& at) {
  if (const auto start = at.optional_section("start")) {
    vector.start = true;
    vector.failsafe_ma = start->required("failsafe_a").amps(0_A, 1000_A).count();
    if (const auto time = start->optional("watchdog_s").seconds(1_s, 86'400_s)) vector.watchdog_ms = time->count();
    vector.feeds = start->optional("feeds").boolean().value_or(false);
  }
  if (const auto limit = at.optional("limit_a").amps(0_A, 100'000_A)) vector.limit_ma = limit->count();
  if (const auto limit = at.optional("feed_limit_a").amps(0_A, 100'000_A)) vector.feed_limit_ma = limit->count();
  vector.switch_to = at.optional("switch_to").choice<PhaseMode>({{"one", PhaseMode::Fewer}, {"three", PhaseMode::All}});
  vector.feeds = vector.feeds || vector.feed_limit_ma || vector.feed_setpoint_ma;
  vector.keep_alive = static_cast<int>(at.optional("keep_alive").integer(1, 10).value_or(0));
  const int actions = (vector.start ? 1 : 0) + (vector.limit_ma ? 1 : 0) + (vector.feed_limit_ma ? 1 : 0) +
                      (vector.switch_to ? 1 : 0) + (vector.keep_alive > 0 ? 1 : 0);
  if (actions > 0)
    for (const config::Section& write : at.list("writes", 1, kMaxWrites)) vector.writes.push_back(read_write(write));
  if (actions + (at.has("expect") ? 1 : 0) + (vector.error ? 1 : 0) != 1)
    at.refuse("needs one of expect, error, start, limit_a, feed_limit_a, switch_to and keep_alive");
}

DeviceVector read_vector(const config::Section& at) {
  DeviceVector vector;
  vector.name = at.required("name").text();
  vector.line = at.line();
  read_tables(vector, at, kOwnUnit);
  read_units(vector, at);
  vector.socket = static_cast<int>(at.optional("socket").integer(1, 255).value_or(1));
  if (const auto expect = at.optional_section("expect")) read_expectations(vector, *expect);
  read_absent(vector, at);
  vector.error = at.optional("error").text();
  vector.phases = static_cast<int>(at.optional("phases").integer(1, 3).value_or(3));
  read_actions(vector, at);
  return vector;
}

}  // namespace

std::vector<DeviceVector> read_vectors(const config::Section& root) {
  std::vector<DeviceVector> vectors;
  for (const config::Section& section : root.list("vectors", 1, kMaxVectors)) vectors.push_back(read_vector(section));
  return vectors;
}

}  // namespace balans
