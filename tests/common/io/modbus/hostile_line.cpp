#include "tests/common/io/modbus/hostile_line.hpp"

#include <poll.h>

#include <algorithm>
#include <bit>

namespace balans {
namespace {

constexpr std::size_t kRemembered = 8;

std::uint16_t word_at(const ModbusBytes& bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint16_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<std::uint16_t>(x ^ (x >> 31));
}

void append(ModbusBytes& bytes, const ModbusBytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace

HostileLine::HostileLine(std::uint64_t seed, const LineFaults& faults, Framing framing)
    : faults_(faults), framing_(framing), random_(seed) {
  if (there()) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

HostileLine::~HostileLine() = default;

std::vector<std::uint16_t> HostileLine::truth(std::uint8_t unit, ReadFunction function, std::uint16_t address,
                                              std::uint16_t count) const {
  std::vector<std::uint16_t> words(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto place = static_cast<std::uint64_t>(unit) << 32 | static_cast<std::uint64_t>(function) << 24;
    const std::uint16_t word =
        mixed((place | static_cast<std::uint64_t>(address + i)) * 0x9E3779B97F4A7C15ULL + round_);
    words[i] = is_bits(function) ? word & 1U : word;
  }
  return words;
}

std::optional<std::uint16_t> HostileLine::written(std::uint8_t unit, std::uint16_t address) {
  const std::lock_guard lock(mutex_);
  const auto found = written_.find({unit, address});
  return found == written_.end() ? std::nullopt : std::optional(found->second);
}

HostileLine::Counts HostileLine::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void HostileLine::run(const std::stop_token& stop) {
  ModbusBytes received;
  while (!stop.stop_requested()) {
    pollfd fd{pty_.master(), POLLIN, 0};
    if (::poll(&fd, 1, 20) <= 0) continue;
    std::uint8_t buffer[256];
    const ssize_t got = ::read(pty_.master(), buffer, sizeof buffer);
    if (got <= 0) continue;
    received.insert(received.end(), buffer, buffer + got);
    TakenMessage taken = take_message(framing_, LineSide::Request, received);
    for (; std::holds_alternative<ModbusBytes>(taken); taken = take_message(framing_, LineSide::Request, received))
      take(std::get<ModbusBytes>(taken));
  }
}

void HostileLine::take(const ModbusBytes& request) {
  const std::lock_guard lock(mutex_);
  ++counts_.requests;
  ModbusBytes burst = release();
  std::deque<Held>& held = held_[request[0]];
  if (!held.empty() && roll(2) == 0) return say(burst);  // still busy with an earlier question: this one is lost
  const ModbusBytes right = right_answer(request);
  if (!held.empty()) {
    held.push_back({right, held.back().until});
    return say(burst);
  }
  answer(request, right, std::move(burst));
}

void HostileLine::answer(const ModbusBytes& request, const ModbusBytes& right, ModbusBytes burst) {
  int luck = roll(1000);
  if (luck < faults_.late) {
    ++counts_.late;
    held_[request[0]].push_back({right, counts_.requests + 1 + roll(3)});
  } else if ((luck -= faults_.late) < faults_.damaged) {
    ++counts_.damaged;
    append(burst, damage(framed(framing_, right)));
  } else if (luck - faults_.damaged < faults_.foreign) {
    ++counts_.foreign;
    append(burst, foreign(request, right));
  } else {
    remember(request, right);
    append(burst, framed(framing_, right));
  }
  say(burst);
}

ModbusBytes HostileLine::right_answer(const ModbusBytes& request) {
  const std::uint8_t unit = request[0];
  const std::uint16_t address = word_at(request, 2);
  if (request[1] == 6) {
    written_[{unit, address}] = word_at(request, 4);
    return request;
  }
  const auto function = static_cast<ReadFunction>(request[1]);
  const auto words = truth(unit, function, address, word_at(request, 4));
  const auto bytes = is_bits(function) ? (words.size() + 7) / 8 : words.size() * 2;
  ModbusBytes pdu(2 + bytes);
  pdu[0] = request[1];
  pdu[1] = static_cast<std::uint8_t>(bytes);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_bits(function)) {
      pdu[2 + i / 8] = static_cast<std::uint8_t>(pdu[2 + i / 8] | words[i] << (i % 8));
      continue;
    }
    pdu[2 + 2 * i] = static_cast<std::uint8_t>(words[i] >> 8);
    pdu[3 + 2 * i] = static_cast<std::uint8_t>(words[i] & 0xFF);
  }
  return message_to(unit, pdu);
}

/// What was late and comes now.
ModbusBytes HostileLine::release() {
  ModbusBytes burst;
  for (auto& [unit, held] : held_)
    while (!held.empty() && held.front().until <= counts_.requests) {
      append(burst, framed(framing_, held.front().message));
      remember({}, held.front().message);
      held.pop_front();
    }
  return burst;
}

ModbusBytes HostileLine::damage(ModbusBytes bytes) {
  const auto any = [&] { return roll(static_cast<int>(bytes.size())); };
  switch (roll(4)) {
    case 0:
      flip_bits(bytes);
      break;
    case 1:  // breaks off
      bytes.resize(static_cast<std::size_t>(any()));
      break;
    case 2:  // bytes that nobody sent
      for (int n = 1 + roll(4); n > 0; --n) bytes.insert(bytes.begin() + any(), 0x5A);
      break;
    default:  // noise
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(roll(256));
  }
  return bytes;
}

/// Up to three.
void HostileLine::flip_bits(ModbusBytes& bytes) {
  const ModbusBytes before = bytes;
  for (int n = 1 + roll(3); n > 0; --n)
    bytes[static_cast<std::size_t>(roll(static_cast<int>(bytes.size())))] ^= static_cast<std::uint8_t>(1U << roll(8));
  for (std::size_t i = 0; framing_ == Framing::Ascii && i < bytes.size(); ++i)
    if (std::popcount(static_cast<unsigned>(bytes[i] ^ before[i])) % 2 == 1) bytes[i] = 0;
}

/// An answer to another question: of another unit, or an older one of the same. That the newest answer to the very
/// same question comes instead of the right one cannot be seen by anybody, so it comes beside that.
ModbusBytes HostileLine::foreign(const ModbusBytes& request, const ModbusBytes& right) {
  bool repeats_newest = false;
  std::optional<ModbusBytes> other = older(request, repeats_newest);
  if (!other || roll(2) == 0) {
    other = right;
    other->front() = static_cast<std::uint8_t>(request[0] % 3 + 1);
    other->back() = static_cast<std::uint8_t>(other->back() ^ 0x55U);
    repeats_newest = false;
  }
  const int place = roll(repeats_newest ? 2 : 3);
  ModbusBytes burst;
  if (place == 1) append(burst, framed(framing_, right));
  append(burst, framed(framing_, *other));
  if (place == 0) append(burst, framed(framing_, right));
  if (place != 2) remember(request, right);
  return burst;
}

std::optional<ModbusBytes> HostileLine::older(const ModbusBytes& request, bool& repeats_newest) {
  const std::deque<Said>& said = said_[request[0]];
  if (said.empty()) return std::nullopt;
  const Said& chosen = said[static_cast<std::size_t>(roll(static_cast<int>(said.size())))];
  const auto newest = std::find_if(said.rbegin(), said.rend(), [&](const Said& one) { return one.request == request; });
  repeats_newest = newest != said.rend() && newest->message == chosen.message;
  return chosen.message;
}

void HostileLine::remember(const ModbusBytes& request, const ModbusBytes& message) {
  std::deque<Said>& said = said_[message[0]];
  said.push_back({request, message});
  if (said.size() > kRemembered) said.pop_front();
}

void HostileLine::say(const ModbusBytes& bytes) {
  if (!bytes.empty()) (void)!::write(pty_.master(), bytes.data(), bytes.size());
}

}  // namespace balans
