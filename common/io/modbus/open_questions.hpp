#pragma once
// Which answer on a serial line belongs to which question. The line does not say; that a device answers in the order
// it was asked does, together with the form of the answers. Pure: moments come in as arguments.

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <vector>

#include "common/io/modbus/message.hpp"

namespace balans {

/// The requests that have not been answered, unit by unit, oldest first.
class OpenQuestions {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Belongs : std::uint8_t {
    ToNewest,   ///< answers the question asked last; none of its unit is open any more
    ToEarlier,  ///< too late: that question and those before it will not be answered any more
    ToNone,     ///< nobody asked for it
  };

  /// No answer comes later than `forget_after` after its question.
  explicit OpenQuestions(std::chrono::milliseconds forget_after) : forget_after_(forget_after) {}

  /// Whether an answer in this form may still come for an earlier question.
  [[nodiscard]] bool ambiguous(const AnswerForm& form, Time now);
  /// Whether too many questions to the unit are open to ask one more.
  [[nodiscard]] bool full(std::uint8_t unit, Time now);
  void asked(const AnswerForm& form, Time now);
  Belongs answered(std::span<const std::uint8_t> message);

 private:
  static constexpr std::size_t kMostOpen = 16;
  struct Question {
    AnswerForm form;
    Time asked;
  };
  std::deque<Question>& of(std::uint8_t unit, Time now);

  std::chrono::milliseconds forget_after_;
  std::map<std::uint8_t, std::deque<Question>> open_;  ///< of at most 256 units
};

/// The newest answers of a unit: an answer that is, byte for byte, that to another question of a moment ago may be an
/// echo of it. Where that is so the question is asked again.
class RecentAnswers {
 public:
  [[nodiscard]] bool looks_like_an_echo(std::span<const std::uint8_t> request, std::span<const std::uint8_t> message);
  /// `request` is empty where it is not known whose answer the message was.
  void seen(std::span<const std::uint8_t> request, std::span<const std::uint8_t> message);

 private:
  static constexpr std::size_t kKept = 32;
  struct Exchange {
    ModbusBytes request;  ///< PDU
    ModbusBytes message;
  };
  std::map<std::uint8_t, std::deque<Exchange>> exchanges_;  ///< oldest first
};

}  // namespace balans
