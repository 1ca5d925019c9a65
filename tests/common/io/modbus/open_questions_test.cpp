#include "common/io/modbus/open_questions.hpp"

#include <gtest/gtest.h>

namespace balans {
namespace {

using namespace std::chrono_literals;
using Belongs = OpenQuestions::Belongs;
using Time = OpenQuestions::Time;

ModbusBytes request_at(std::uint16_t address, std::uint16_t count) {
  return read_request(ReadFunction::HoldingRegisters, address, count);
}
AnswerForm form(std::uint8_t unit, std::uint16_t address, std::uint16_t count) {
  return answer_form(unit, request_at(address, count));
}
ModbusBytes answer(std::uint8_t unit, std::uint8_t registers, std::uint8_t value = 0) {
  ModbusBytes pdu(2U + 2U * registers, value);
  pdu[0] = 3;
  pdu[1] = static_cast<std::uint8_t>(2 * registers);
  return message_to(unit, pdu);
}
ModbusBytes refusal(std::uint8_t unit) { return message_to(unit, ModbusBytes{0x83, 2}); }

TEST(OpenQuestions, AnAnswerIsThatToTheOldestQuestionOfItsForm) {
  OpenQuestions open(1s);
  open.asked(form(1, 10, 2), Time{});
  EXPECT_TRUE(open.ambiguous(form(1, 20, 2), Time{}));
  EXPECT_FALSE(open.ambiguous(form(1, 20, 3), Time{}));
  EXPECT_FALSE(open.ambiguous(form(2, 20, 2), Time{}));
  open.asked(form(1, 20, 2), Time{});
  EXPECT_EQ(open.answered(answer(1, 2)), Belongs::ToEarlier);
  EXPECT_EQ(open.answered(answer(1, 2)), Belongs::ToNewest);
  EXPECT_EQ(open.answered(answer(1, 2)), Belongs::ToNone);
}

TEST(OpenQuestions, AnAnswerEndsAllQuestionsBeforeIt) {
  OpenQuestions open(1s);
  open.asked(form(1, 10, 2), Time{});
  open.asked(form(1, 10, 1), Time{});
  EXPECT_EQ(open.answered(answer(1, 1)), Belongs::ToNewest);
  EXPECT_FALSE(open.ambiguous(form(1, 10, 2), Time{})) << "a device answers in the order it was asked";
}

TEST(OpenQuestions, ARefusalIsAnAnswerToo) {
  OpenQuestions open(1s);
  open.asked(form(1, 10, 2), Time{});
  EXPECT_EQ(open.answered(refusal(1)), Belongs::ToNewest);
}

TEST(OpenQuestions, WhatNobodyAskedForBelongsToNone) {
  OpenQuestions open(1s);
  open.asked(form(1, 10, 2), Time{});
  EXPECT_EQ(open.answered(answer(2, 2)), Belongs::ToNone);
  EXPECT_EQ(open.answered(answer(1, 3)), Belongs::ToNone);
  EXPECT_TRUE(open.ambiguous(form(1, 10, 2), Time{}));
}

TEST(OpenQuestions, AreForgottenInTime) {
  OpenQuestions open(1s);
  open.asked(form(1, 10, 2), Time{});
  EXPECT_TRUE(open.ambiguous(form(1, 10, 2), Time{} + 999ms));
  EXPECT_FALSE(open.ambiguous(form(1, 10, 2), Time{} + 1s));
}

TEST(OpenQuestions, AreBounded) {
  OpenQuestions open(1s);
  for (int i = 0; i < 16; ++i) {
    EXPECT_FALSE(open.full(1, Time{}));
    open.asked(form(1, 10, 2), Time{});
  }
  EXPECT_TRUE(open.full(1, Time{}));
  EXPECT_FALSE(open.full(2, Time{}));
  EXPECT_FALSE(open.full(1, Time{} + 1s));
}

TEST(OpenQuestions, TheEchoOfAWriteTellsItsValueApart) {
  const std::vector<std::uint16_t> six{6}, ten{10};
  const AnswerForm wrote_six = answer_form(1, write_request(WriteFunction::Register, 5, six));
  EXPECT_NE(wrote_six, answer_form(1, write_request(WriteFunction::Register, 5, ten)));
  // Function 16 repeats only address and count.
  EXPECT_EQ(answer_form(1, write_request(WriteFunction::Registers, 5, six)),
            answer_form(1, write_request(WriteFunction::Registers, 5, ten)));
}

TEST(OpenQuestions, AFenceNeverHasTheFormOfWhatItGuards) {
  for (unsigned turn = 0; turn < 5; ++turn)
    for (const std::uint16_t count : std::vector<std::uint16_t>{1, 2, 3, 60, 125}) {
      for (ReadFunction function : {ReadFunction::Coils, ReadFunction::DiscreteInputs, ReadFunction::HoldingRegisters,
                                    ReadFunction::InputRegisters}) {
        const ModbusBytes request = read_request(function, 7, count);
        EXPECT_NE(answer_form(1, fence_request(request, turn)), answer_form(1, request));
      }
      for (WriteFunction function :
           {WriteFunction::Coil, WriteFunction::Register, WriteFunction::Coils, WriteFunction::Registers}) {
        const std::vector<std::uint16_t> words(count, 1);
        const ModbusBytes request = write_request(function, 7, words);
        EXPECT_LE(fence_request(request, turn)[0], 4) << "a fence only reads";
        EXPECT_NE(answer_form(1, fence_request(request, turn)), answer_form(1, request));
      }
    }
}

TEST(RecentAnswers, TheSameBytesToAnotherQuestionMayBeAnEcho) {
  RecentAnswers recent;
  recent.seen(request_at(10, 2), answer(1, 2, 7));
  EXPECT_TRUE(recent.looks_like_an_echo(request_at(20, 2), answer(1, 2, 7)));
  EXPECT_FALSE(recent.looks_like_an_echo(request_at(20, 2), answer(1, 2, 8)));
  EXPECT_FALSE(recent.looks_like_an_echo(request_at(20, 2), answer(2, 2, 7)));
}

TEST(RecentAnswers, AValueThatHasNotChangedIsNoEcho) {
  RecentAnswers recent;
  recent.seen(request_at(10, 2), answer(1, 2, 7));
  recent.seen(request_at(20, 2), answer(1, 2, 7));
  EXPECT_FALSE(recent.looks_like_an_echo(request_at(20, 2), answer(1, 2, 7)));
}

TEST(RecentAnswers, AValueOfLongerAgoMayBeAnEcho) {
  RecentAnswers recent;
  recent.seen(request_at(10, 2), answer(1, 2, 7));
  recent.seen(request_at(10, 2), answer(1, 2, 8));
  EXPECT_TRUE(recent.looks_like_an_echo(request_at(10, 2), answer(1, 2, 7)));
}

}  // namespace
}  // namespace balans
