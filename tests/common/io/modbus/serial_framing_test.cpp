#include "common/io/modbus/serial_framing.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "common/io/modbus/pdu.hpp"
#include "tests/common/io/modbus/bank.hpp"

namespace balans {
namespace {

using Words = std::vector<std::uint16_t>;
constexpr std::array kFramings{Framing::Rtu, Framing::Ascii};

ModbusBytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// The one message in `bytes`, of which nothing is left over.
ModbusBytes only_message(Framing framing, LineSide side, ModbusBytes bytes) {
  const TakenMessage taken = take_message(framing, side, bytes);
  EXPECT_TRUE(bytes.empty());
  EXPECT_TRUE(std::holds_alternative<ModbusBytes>(taken));
  return std::holds_alternative<ModbusBytes>(taken) ? std::get<ModbusBytes>(taken) : ModbusBytes{};
}

/// Requests as our server reads them: both ends agree on every function.
TEST(SerialFraming, RequestsAndAnswersFitTogether) {
  for (const Framing framing : kFramings) {
    Bank bank;
    bank.put(ReadFunction::Coils, 3, {1, 0, 1, 1, 0, 0, 0, 0, 1, 1});
    bank.put(ReadFunction::HoldingRegisters, 3, {1, 2, 3});
    const auto answer_to = [&](const ModbusBytes& request) {
      const ModbusBytes asked = only_message(framing, LineSide::Request, framed(framing, message_to(9, request)));
      const ModbusBytes answer = message_to(9, answer_pdu(bank, 9, pdu_of(asked), {}));
      return only_message(framing, LineSide::Answer, framed(framing, answer));
    };
    for (ReadFunction function : {ReadFunction::Coils, ReadFunction::HoldingRegisters}) {
      const ModbusBytes request = read_request(function, 3, 3);
      const ModbusBytes answer = answer_to(request);
      EXPECT_EQ(fit(answer_form(9, request), answer), AnswerFit::Answer);
      EXPECT_EQ(words_in_answer(function, 3, pdu_of(answer)), *bank.read(function, 9, 3, 3));
    }
    for (WriteFunction function : {WriteFunction::Coils, WriteFunction::Registers}) {
      const ModbusBytes request = write_request(function, 3, Words{4, 5});
      EXPECT_EQ(fit(answer_form(9, request), answer_to(request)), AnswerFit::Answer);
    }
    EXPECT_EQ(*bank.read(ReadFunction::HoldingRegisters, 9, 3, 3), (Words{4, 5, 3}));
    const ModbusBytes beyond = read_request(ReadFunction::HoldingRegisters, 99, 1);
    EXPECT_EQ(fit(answer_form(9, beyond), answer_to(beyond)), AnswerFit::Exception);
  }
}

TEST(SerialFraming, TheFramesAreThoseOfTheStandard) {
  const ModbusBytes message = message_to(1, read_request(ReadFunction::HoldingRegisters, 0, 10));
  EXPECT_EQ(framed(Framing::Rtu, message), (ModbusBytes{0x01, 0x03, 0x00, 0x00, 0x00, 0x0A, 0xC5, 0xCD}));
  EXPECT_EQ(framed(Framing::Ascii, message), bytes_of(":01030000000AF2\r\n"));
}

TEST(SerialFraming, AFrameHasTheLengthThatTheLineIsBudgetedFor) {
  for (const Framing framing : kFramings)
    for (std::size_t pdu = 1; pdu <= 253; ++pdu)
      EXPECT_EQ(framed(framing, ModbusBytes(pdu + 1)).size(),
                static_cast<std::size_t>(bytes_on_the_line(framing, static_cast<std::int64_t>(pdu))));
}

TEST(SerialFraming, NothingIsTakenBeforeItIsWhole) {
  const ModbusBytes message = message_to(1, read_request(ReadFunction::HoldingRegisters, 0, 10));
  for (const Framing framing : kFramings) {
    const ModbusBytes frame = framed(framing, message);
    ModbusBytes received;
    for (std::size_t i = 0; i + 1 < frame.size(); ++i) {
      received.push_back(frame[i]);
      EXPECT_TRUE(std::holds_alternative<NeedsMore>(take_message(framing, LineSide::Request, received)));
    }
    received.push_back(frame.back());
    received.push_back(frame.front());
    EXPECT_EQ(std::get<ModbusBytes>(take_message(framing, LineSide::Request, received)), message);
    EXPECT_EQ(received, ModbusBytes{frame.front()}) << "the next frame stays";
  }
}

/// The two damages that the sum alone could miss are those that leave it as it was; a parity sees them.
TEST(SerialFraming, OneWrongCharacterIsSeen) {
  const ModbusBytes frame = framed(Framing::Ascii, ModbusBytes{1, 3, 4, 0x12, 0x34, 0xAB, 0xCD});
  for (std::size_t i = 0; i < frame.size(); ++i)
    for (unsigned wrong = 0; wrong < 256; ++wrong) {
      ModbusBytes received = frame;
      received[i] = static_cast<std::uint8_t>(wrong);
      if (received == frame) continue;
      EXPECT_FALSE(std::holds_alternative<ModbusBytes>(take_message(Framing::Ascii, LineSide::Answer, received)))
          << "character " << i << " is " << wrong;
    }
}

TEST(AsciiFraming, AColonBeginsAFrameWhereverItStands) {
  ModbusBytes received = bytes_of("noise\r\n1234:0103:0103021234B4\r\n:01");
  EXPECT_EQ(std::get<ModbusBytes>(take_message(Framing::Ascii, LineSide::Answer, received)),
            (ModbusBytes{1, 3, 2, 0x12, 0x34}));
  EXPECT_EQ(received, bytes_of(":01"));
}

TEST(AsciiFraming, WhatCanBeginNoFrameIsNotKept) {
  ModbusBytes received = bytes_of("0103\r\n\r\n02");
  EXPECT_TRUE(std::holds_alternative<NeedsMore>(take_message(Framing::Ascii, LineSide::Answer, received)));
  EXPECT_TRUE(received.empty());
}

TEST(AsciiFraming, AFrameHasAnEnd) {
  ModbusBytes received(513, '0');
  received[0] = ':';
  EXPECT_TRUE(std::holds_alternative<Damage>(take_message(Framing::Ascii, LineSide::Answer, received)));
}

TEST(AsciiFraming, OnlyTheLettersOfTheStandardCount) {
  for (const char* text : {":010302abcd82\r\n", ":010302ABCD82\n", ":010302ABCD8\r\n", ":\r\n", ":0000\r\n"}) {
    ModbusBytes received = bytes_of(text);
    EXPECT_TRUE(std::holds_alternative<Damage>(take_message(Framing::Ascii, LineSide::Answer, received))) << text;
  }
  ModbusBytes right = bytes_of(":010302ABCD82\r\n");
  EXPECT_TRUE(std::holds_alternative<ModbusBytes>(take_message(Framing::Ascii, LineSide::Answer, right)));
}

}  // namespace
}  // namespace balans
