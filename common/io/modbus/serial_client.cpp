#include "common/io/modbus/serial_client.hpp"

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

SerialClient::SerialClient(ModbusClientOptions options)
    : options_(std::move(options)),
      format_(std::get<ModbusSerialEndpoint>(options_.endpoint).format),
      where_((options_.name.empty() ? "" : options_.name + " ") +
             std::get<ModbusSerialEndpoint>(options_.endpoint).device),
      longest_pause_(options_.byte_timeout.value_or(longest_pause(format_.framing))),
      questions_(options_.response_timeout * kForgetAfterTimeouts),
      reopening_(options_) {}

Result<std::vector<std::uint16_t>> SerialClient::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                                      std::uint16_t count) {
  const auto answer = ask(unit, read_request(function, address, count));
  if (!answer) return answer.error();
  return words_in_answer(function, count, pdu_of(*answer));
}

Result<void> SerialClient::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                                 std::span<const std::uint16_t> words) {
  const auto answer = ask(unit, write_request(function, address, words));
  return answer ? Result<void>() : Result<void>(answer.error());
}

/// The answer with its unit; an exception is an error.
Result<ModbusBytes> SerialClient::ask(std::uint8_t unit, Bytes request) {
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
Result<ModbusBytes> SerialClient::ask_surely(std::uint8_t unit, Bytes request) {
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

Result<ModbusBytes> SerialClient::ask_once(std::uint8_t unit, Bytes request) {
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

Result<ModbusBytes> SerialClient::exchange(std::uint8_t unit, Bytes request) {
  if (questions_.full(unit, Clock::now())) return Error{"", "too many requests without an answer"};
  if (auto sent = send(unit, request); !sent) return sent.error();
  questions_.asked(answer_form(unit, request), Clock::now());
  return await(unit, request);
}

Result<void> SerialClient::send(std::uint8_t unit, Bytes request) {
  std::this_thread::sleep_until(free_at_);
  const ModbusBytes frame = framed(format_.framing, message_to(unit, request));
  auto sent = port_->write(frame, Clock::now() + options_.response_timeout);
  if (!sent) port_.reset();
  return sent;
}

/// The answer to the request just sent. Answers to earlier questions and of other units are put aside meanwhile.
Result<ModbusBytes> SerialClient::await(std::uint8_t unit, Bytes request) {
  const auto bytes = bytes_on_the_line(format_.framing, static_cast<std::int64_t>(request.size()));
  const auto on_the_wire = character_time(format_) * bytes;
  const auto deadline = Clock::now() + on_the_wire + options_.response_timeout;
  while (true) {
    auto message = next_message(deadline);
    free_at_ = Clock::now() + std::max<Clock::duration>(options_.min_gap, frame_gap(format_));
    if (!message) return message.error();
    if (!*message) return Error{"", "timeout"};
    const OpenQuestions::Belongs belongs = questions_.answered(**message);
    if ((**message)[0] == unit && belongs == OpenQuestions::Belongs::ToNewest) {
      if (auto quiet = stay_quiet(unit); !quiet) {
        recent_.seen({}, **message);
        questions_.asked(answer_form(unit, request), Clock::now());
        return quiet.error();
      }
      return *std::move(*message);
    }
    recent_.seen({}, **message);
  }
}

/// The silence that ends a frame. A unit that says more in it has given two answers, and nobody knows which is right.
Result<void> SerialClient::stay_quiet(std::uint8_t unit) {
  while (true) {
    auto message = next_message(Clock::now() + frame_gap(format_));
    if (!message) return message.error();
    if (!*message) return {};
    (void)questions_.answered(**message);
    recent_.seen({}, **message);
    if ((**message)[0] == unit) return damaged("more than one answer");
  }
}

/// Takes in what came while nobody listened, until the line is quiet.
Result<void> SerialClient::clear_line() {
  constexpr int kMost = 64;
  for (int i = 0; i < kMost; ++i) {
    auto message = next_message(received_.empty() ? Clock::now() : Clock::now() + frame_gap(format_));
    if (message && !*message) return {};
    if (!message && !port_) return message.error();
    if (!message) continue;
    (void)questions_.answered(**message);
    recent_.seen({}, **message);
  }
  return Error{"", "the line is never quiet"};
}

/// The next whole message; nothing at the deadline. Damage is an error, and all that came with it is thrown away.
Result<std::optional<ModbusBytes>> SerialClient::next_message(Clock::time_point deadline) {
  while (true) {
    TakenMessage taken = take_message(format_.framing, LineSide::Answer, received_);
    if (const auto* damage = std::get_if<Damage>(&taken)) return damaged(damage->what);
    if (auto* message = std::get_if<ModbusBytes>(&taken)) return std::optional(std::move(*message));
    const bool begun = !received_.empty();
    auto more = receive(begun ? Clock::now() + longest_pause_ : deadline);
    if (!more) return more.error();
    if (!*more && begun) return damaged("an answer that breaks off");
    if (!*more) return std::optional<ModbusBytes>();
  }
}

/// False at the deadline.
Result<bool> SerialClient::receive(Clock::time_point deadline) {
  std::array<std::uint8_t, 256> buffer{};
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
Error SerialClient::damaged(const char* what) {
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

Result<void> SerialClient::ensure_open() {
  if (port_) return {};
  return reopening_.attempt(where_, [this]() -> Result<void> {
    auto opened = SerialPort::open(std::get<ModbusSerialEndpoint>(options_.endpoint).device, format_);
    if (!opened) return opened.error();
    port_ = *std::move(opened);
    received_.clear();
    return {};
  });
}

}  // namespace balans
