#include "common/io/modbus/rtu_client.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace balans {
namespace {

using std::chrono::milliseconds;

/// A device that answers later than ten time-outs after it was asked has been reset since.
constexpr int kForgetAfterTimeouts = 10;

std::string exception_text(std::uint8_t code) {
  constexpr std::array kNames{"Illegal function",
                              "Illegal data address",
                              "Illegal data value",
                              "Slave device or server failure",
                              "Acknowledge",
                              "Slave device or server is busy",
                              "Negative acknowledge",
                              "Memory parity error",
                              "exception 9",
                              "Gateway path unavailable",
                              "Target device failed to respond"};
  return code >= 1 && code <= kNames.size() ? kNames[code - 1U] : "exception " + std::to_string(code);
}

}  // namespace

RtuClient::RtuClient(ModbusClientOptions options)
    : options_(std::move(options)),
      format_(std::get<ModbusSerialEndpoint>(options_.endpoint).format),
      where_((options_.name.empty() ? "" : options_.name + " ") +
             std::get<ModbusSerialEndpoint>(options_.endpoint).device),
      questions_(options_.response_timeout * kForgetAfterTimeouts),
      back_off_(options_.back_off_min) {}

Result<std::vector<std::uint16_t>> RtuClient::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                                   std::uint16_t count) {
  const auto answer = ask(unit, read_request(function, address, count));
  if (!answer) return answer.error();
  return words_in_answer(function, count, rtu_pdu(*answer));
}

Result<void> RtuClient::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                              std::span<const std::uint16_t> words) {
  const auto answer = ask(unit, write_request(function, address, words));
  return answer ? Result<void>() : Result<void>(answer.error());
}

/// The answer's frame; an exception is an error.
Result<ModbusBytes> RtuClient::ask(std::uint8_t unit, Bytes request) {
  const std::string where = where_ + " unit " + std::to_string(unit) + ", register " +
                            std::to_string(static_cast<unsigned>(request[1] << 8 | request[2]));
  heard_ = Heard::NoLine;
  if (unit < 1 || unit > 247) return Error{where, "not a unit id on a serial line"};
  if (auto open = ensure_open(); !open) return Error{where, open.error().what};
  auto answer = ask_surely(unit, request);
  if (answer || port_) heard_ = answer ? Heard::Unit : Heard::Nothing;
  if (!answer) return Error{where, answer.error().what};
  if ((*answer)[1] != request[0]) return Error{where, exception_text((*answer)[2])};
  return answer;
}

/// Where the answer could be an echo of another one it is asked for again. A value that happens to look like one is
/// believed when it has come three times.
Result<ModbusBytes> RtuClient::ask_surely(std::uint8_t unit, Bytes request) {
  constexpr int kTimes = 3;
  std::optional<ModbusBytes> doubted;
  for (int n = 1; n <= kTimes; ++n) {
    auto answer = ask_once(unit, request);
    if (!answer || (*answer)[1] != request[0]) return answer;
    const bool same_again = n == kTimes && doubted == *answer;
    if (same_again || !recent_.looks_like_an_echo(request, *answer)) {
      recent_.seen(request, *answer);
      return answer;
    }
    if (doubted && doubted != *answer) break;
    doubted = *std::move(answer);
    questions_.asked(answer_form(unit, request), Clock::now());  // the real answer may still come
  }
  return Error{"", "its answers are those to other questions"};
}

Result<ModbusBytes> RtuClient::ask_once(std::uint8_t unit, Bytes request) {
  if (auto clear = clear_line(); !clear) return clear.error();
  const AnswerForm form = answer_form(unit, request);
  if (questions_.ambiguous(form, Clock::now())) {
    const ModbusBytes fence = fence_request(request, fences_++);
    const auto answer = exchange(unit, fence);
    if (questions_.ambiguous(form, Clock::now()))
      return answer ? Error{"", "an earlier answer is still to come"} : answer.error();
    if (answer) recent_.seen(fence, *answer);
  }
  return exchange(unit, request);
}

Result<ModbusBytes> RtuClient::exchange(std::uint8_t unit, Bytes request) {
  if (questions_.full(unit, Clock::now())) return Error{"", "too many requests without an answer"};
  if (auto sent = send(unit, request); !sent) return sent.error();
  questions_.asked(answer_form(unit, request), Clock::now());
  return await(unit, request);
}

Result<void> RtuClient::send(std::uint8_t unit, Bytes request) {
  std::this_thread::sleep_until(free_at_);
  const ModbusBytes frame = rtu_frame(unit, request);
  auto sent = port_->write(frame, Clock::now() + options_.response_timeout);
  if (!sent) port_.reset();
  return sent;
}

/// The answer to the request just sent. Answers to earlier questions and of other units are put aside meanwhile.
Result<ModbusBytes> RtuClient::await(std::uint8_t unit, Bytes request) {
  const auto on_the_wire = character_time(format_) * static_cast<int>(request.size() + 3);
  const auto deadline = Clock::now() + on_the_wire + options_.response_timeout;
  while (true) {
    auto frame = next_frame(deadline);
    free_at_ = Clock::now() + std::max<Clock::duration>(options_.min_gap, frame_gap(format_));
    if (!frame) return frame.error();
    if (!*frame) return Error{"", "timeout"};
    const OpenQuestions::Belongs belongs = questions_.answered(**frame);
    if ((**frame)[0] == unit && belongs == OpenQuestions::Belongs::ToNewest) {
      if (auto quiet = stay_quiet(unit); !quiet) {
        recent_.seen({}, **frame);
        questions_.asked(answer_form(unit, request), Clock::now());
        return quiet.error();
      }
      return *std::move(*frame);
    }
    recent_.seen({}, **frame);
  }
}

/// The silence that ends a frame. A unit that says more in it has given two answers, and nobody knows which is right.
Result<void> RtuClient::stay_quiet(std::uint8_t unit) {
  while (true) {
    auto frame = next_frame(Clock::now() + frame_gap(format_));
    if (!frame) return frame.error();
    if (!*frame) return {};
    (void)questions_.answered(**frame);
    recent_.seen({}, **frame);
    if ((**frame)[0] == unit) return damaged("more than one answer");
  }
}

/// Takes in what came while nobody listened, until the line is quiet.
Result<void> RtuClient::clear_line() {
  constexpr int kMost = 64;
  for (int i = 0; i < kMost; ++i) {
    auto frame = next_frame(received_.empty() ? Clock::now() : Clock::now() + frame_gap(format_));
    if (frame && !*frame) return {};
    if (!frame && !port_) return frame.error();
    if (!frame) continue;
    (void)questions_.answered(**frame);
    recent_.seen({}, **frame);
  }
  return Error{"", "the line is never quiet"};
}

/// The next whole frame; nothing at the deadline. Damage is an error, and all that came with it is thrown away.
Result<std::optional<ModbusBytes>> RtuClient::next_frame(Clock::time_point deadline) {
  while (true) {
    const auto length = rtu_length(RtuSide::Answer, received_);
    if (std::holds_alternative<NotAFrame>(length)) return damaged("an answer that is none");
    const std::size_t* whole = std::get_if<std::size_t>(&length);
    if (whole != nullptr && received_.size() >= *whole) {
      const auto end = received_.begin() + static_cast<std::ptrdiff_t>(*whole);
      ModbusBytes frame(received_.begin(), end);
      if (!rtu_crc_fits(frame)) return damaged("a damaged answer");
      received_.erase(received_.begin(), end);
      return std::optional(std::move(frame));
    }
    const bool begun = !received_.empty();
    auto more = receive(begun ? Clock::now() + options_.byte_timeout : deadline);
    if (!more) return more.error();
    if (!*more && begun) return damaged("an answer that breaks off");
    if (!*more) return std::optional<ModbusBytes>();
  }
}

/// False at the deadline.
Result<bool> RtuClient::receive(Clock::time_point deadline) {
  std::array<std::uint8_t, kMaxRtuFrame> buffer{};
  const auto got = port_->read(buffer, deadline);
  if (!got) {
    port_.reset();
    received_.clear();
    return got.error();
  }
  received_.insert(received_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
  return *got > 0;
}

/// Throws away everything until the line is quiet; bounded, for a line may never be.
Error RtuClient::damaged(const char* what) {
  constexpr int kMost = 64;
  received_.clear();
  for (int i = 0; i < kMost; ++i) {
    const auto more = receive(Clock::now() + std::max<Clock::duration>(options_.quiet, frame_gap(format_)));
    received_.clear();
    if (!more) return more.error();
    if (!*more) break;
  }
  return {"", what};
}

Result<void> RtuClient::ensure_open() {
  if (port_) return {};
  if (retry_at_ && Clock::now() < *retry_at_) return Error{where_, "no connection: " + last_failure_};
  auto opened = SerialPort::open(std::get<ModbusSerialEndpoint>(options_.endpoint).device, format_);
  if (!opened) {
    retry_at_ = Clock::now() + back_off_;
    back_off_ = std::min(back_off_ * 2, options_.back_off_max);
    last_failure_ = opened.error().what;
    return Error{where_, "no connection: " + last_failure_};
  }
  back_off_ = options_.back_off_min;
  retry_at_.reset();
  port_ = *std::move(opened);
  received_.clear();
  return {};
}

}  // namespace balans
