#include "common/io/modbus/pdu.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/common/io/modbus/bank.hpp"

namespace balans {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes answer(Bank& bank, const Bytes& request) { return answer_pdu(bank, 1, request, {}); }

void fill(Bank& bank) {
  bank.put(ReadFunction::HoldingRegisters, 0x6B, {0x022B, 0x0000, 0x0064});
  bank.put(ReadFunction::Coils, 0x13, {1, 0, 1, 1, 0, 0, 1, 1, 1});
}

TEST(Pdu, AnswersAsTheStandardShows) {
  Bank bank;
  fill(bank);
  EXPECT_EQ(answer(bank, {3, 0x00, 0x6B, 0x00, 0x03}), (Bytes{3, 6, 0x02, 0x2B, 0x00, 0x00, 0x00, 0x64}));
  EXPECT_EQ(answer(bank, {1, 0x00, 0x13, 0x00, 0x09}), (Bytes{1, 2, 0xCD, 0x01}));
  EXPECT_EQ(answer(bank, {6, 0x00, 0x6B, 0x12, 0x34}), (Bytes{6, 0x00, 0x6B, 0x12, 0x34}));
  EXPECT_EQ(answer(bank, {16, 0x00, 0x6B, 0x00, 0x02, 4, 0, 1, 0, 2}), (Bytes{16, 0x00, 0x6B, 0x00, 0x02}));
  EXPECT_EQ(answer(bank, {5, 0x00, 0x13, 0xFF, 0x00}), (Bytes{5, 0x00, 0x13, 0xFF, 0x00}));
  EXPECT_EQ(answer(bank, {15, 0x00, 0x13, 0x00, 0x09, 2, 0xCD, 0x01}), (Bytes{15, 0x00, 0x13, 0x00, 0x09}));
}

TEST(Pdu, RefusesWithTheRightException) {
  Bank bank;
  fill(bank);
  EXPECT_EQ(answer(bank, {7}), (Bytes{0x87, 1}));
  EXPECT_EQ(answer(bank, {3, 0xFF, 0xFF, 0x00, 0x01}), (Bytes{0x83, 2}));
  EXPECT_EQ(answer(bank, {3, 0x00, 0x6B, 0x00, 0x00}), (Bytes{0x83, 3}));
  EXPECT_EQ(answer(bank, {3, 0x00, 0x6B, 0x00, 0x7E}), (Bytes{0x83, 3}));
  EXPECT_EQ(answer(bank, {5, 0x00, 0x13, 0x12, 0x34}), (Bytes{0x85, 3}));
  EXPECT_EQ(answer(bank, {16, 0x00, 0x6B, 0x00, 0x02, 3, 0, 1, 0}), (Bytes{0x90, 3}));
}

TEST(Pdu, NoBytesBreakIt) {
  Bank bank;
  fill(bank);
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    Bytes request(random() % 12);
    for (std::uint8_t& byte : request) byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 20);
    EXPECT_GE(answer(bank, request).size(), 2U);
  }
}

}  // namespace
}  // namespace balans
