// What a client accepts on a line that lies: nothing that is not true.
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "common/io/modbus/client.hpp"
#include "tests/common/io/modbus/hostile_line.hpp"
#include "tests/support/environment.hpp"

namespace balans {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::uint16_t>;

struct Block {
  std::uint8_t unit;
  ReadFunction function;
  std::uint16_t address;
  std::uint16_t count;
};

/// Three units whose blocks have the same form again and again, which is what makes answers hard to tell apart.
constexpr std::array kBlocks{Block{1, ReadFunction::HoldingRegisters, 10, 2},
                             Block{2, ReadFunction::InputRegisters, 10, 2},
                             Block{1, ReadFunction::HoldingRegisters, 20, 2},
                             Block{1, ReadFunction::HoldingRegisters, 30, 2},
                             Block{3, ReadFunction::HoldingRegisters, 10, 2},
                             Block{2, ReadFunction::InputRegisters, 40, 2},
                             Block{2, ReadFunction::InputRegisters, 50, 1},
                             Block{2, ReadFunction::InputRegisters, 51, 1},
                             Block{3, ReadFunction::HoldingRegisters, 60, 20},
                             Block{3, ReadFunction::HoldingRegisters, 100, 20},
                             Block{1, ReadFunction::Coils, 0, 8},
                             Block{1, ReadFunction::Coils, 64, 24}};

struct Outcome {
  std::int64_t accepted = 0;
  std::int64_t failed = 0;
  std::int64_t wrong = 0;
};

ModbusClientOptions options_for(const HostileLine& line, Framing framing) {
  ModbusClientOptions options;
  options.name = "line";
  options.endpoint = ModbusSerialEndpoint{line.name(), {115200, 8, 'N', 1, framing}};
  options.response_timeout = 15ms;
  options.byte_timeout = 5ms;
  options.quiet = 4ms;
  return options;
}

/// What fails is asked once more, as a driver does.
void read_one(HostileLine& line, ModbusClient& client, const Block& block, Outcome& outcome) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto words = client.read(block.function, block.unit, block.address, block.count);
    ++(words ? outcome.accepted : outcome.failed);
    if (words && *words != line.truth(block.unit, block.function, block.address, block.count)) ++outcome.wrong;
    if (words) return;
  }
}

/// A write that is reported as done is done.
void write_one(HostileLine& line, ModbusClient& client, std::int64_t number, Outcome& outcome) {
  const auto unit = static_cast<std::uint8_t>(1 + number % 3);
  const auto value = static_cast<std::uint16_t>(number % 7);
  const bool done = client.write(WriteFunction::Register, unit, 200, Words{value}).ok();
  ++(done ? outcome.accepted : outcome.failed);
  if (done && line.written(unit, 200) != value) ++outcome.wrong;
}

Outcome talk(HostileLine& line, Framing framing, std::int64_t transactions) {
  ModbusClient client(options_for(line, framing));
  Outcome outcome;
  for (std::int64_t i = 0; i < transactions; ++i) {
    if (i % static_cast<std::int64_t>(kBlocks.size()) == 0) line.next_round();
    if (i % 20 == 19)
      write_one(line, client, i, outcome);
    else
      read_one(line, client, kBlocks[static_cast<std::size_t>(i) % kBlocks.size()], outcome);
  }
  return outcome;
}

void expect_only_truth(Framing framing, std::int64_t transactions, const LineFaults& faults, int least_percent) {
  const auto seed = static_cast<std::uint64_t>(number_from_environment("BALANS_SEED", 7));
  HostileLine line(seed, faults, framing);
  if (!line.there()) GTEST_SKIP() << "no pseudo-terminals here";
  const Outcome outcome = talk(line, framing, transactions);
  const HostileLine::Counts counts = line.counts();
  std::cout << "seed " << seed << ": " << transactions << " transactions, " << outcome.accepted << " accepted, "
            << outcome.failed << " failed, " << outcome.wrong << " wrong; " << counts.requests << " requests, "
            << counts.late << " answered late, " << counts.damaged << " damaged, " << counts.foreign << " foreign\n";
  EXPECT_EQ(outcome.wrong, 0);
  EXPECT_GT(outcome.accepted, transactions * least_percent / 100) << "a line with faults is still a line";
}

std::int64_t asked_for(std::int64_t usually) { return number_from_environment("BALANS_TRANSACTIONS", usually); }

TEST(HostileLine, NothingWrongIsAccepted) { expect_only_truth(Framing::Rtu, asked_for(2000), {}, 80); }

TEST(HostileLine, NothingWrongIsAcceptedWhereAThirdOfAllIsWrong) {
  expect_only_truth(Framing::Rtu, 1000, {100, 80, 150}, 30);
}

TEST(HostileAsciiLine, NothingWrongIsAccepted) { expect_only_truth(Framing::Ascii, asked_for(700), {}, 80); }

TEST(HostileAsciiLine, NothingWrongIsAcceptedWhereAThirdOfAllIsWrong) {
  expect_only_truth(Framing::Ascii, 400, {100, 80, 150}, 30);
}

}  // namespace
}  // namespace balans
