#include "common/io/modbus/rtu_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "common/io/modbus/pdu.hpp"
#include "common/io/modbus/rtu_frame.hpp"

namespace balans {
namespace {

/// The rest of a request that does not come within this is not waited for.
constexpr int kFrameMs = 50;

}  // namespace

Result<std::unique_ptr<ModbusRtuServer>> ModbusRtuServer::start(std::map<std::uint8_t, Transport*> units,
                                                                WriteHook on_write) {
  const auto failure = [] { return Error{"pseudo-terminal", std::strerror(errno)}; };
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return failure();
  char name[128] = {};
  const bool named = ::grantpt(master) == 0 && ::unlockpt(master) == 0 && ::ptsname_r(master, name, sizeof name) == 0;
  const int line = named ? ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
  const int wake = line < 0 ? -1 : ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    const Error error = failure();
    if (line >= 0) ::close(line);
    ::close(master);
    return error;
  }
  termios raw{};
  ::tcgetattr(line, &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(line, TCSANOW, &raw);
  return std::unique_ptr<ModbusRtuServer>(
      new ModbusRtuServer(master, line, wake, name, std::move(units), std::move(on_write)));
}

ModbusRtuServer::ModbusRtuServer(int master, int line, int wake, std::string device,
                                 std::map<std::uint8_t, Transport*> units, WriteHook on_write)
    : master_(master),
      line_(line),
      wake_(wake),
      device_(std::move(device)),
      units_(std::move(units)),
      on_write_(std::move(on_write)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ModbusRtuServer::~ModbusRtuServer() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
  thread_.join();
  ::close(wake_);
  ::close(line_);
  ::close(master_);
}

void ModbusRtuServer::run(const std::stop_token& stop) {
  std::vector<std::uint8_t> received;
  while (!stop.stop_requested()) {
    pollfd fds[2] = {{wake_, POLLIN, 0}, {master_, POLLIN, 0}};
    const int ready = ::poll(fds, 2, received.empty() ? -1 : kFrameMs);
    if (ready == 0) received.clear();
    if (ready <= 0 || (fds[1].revents & POLLIN) == 0) continue;
    std::uint8_t buffer[kMaxRtuFrame];
    const ssize_t got = ::read(master_, buffer, sizeof buffer);
    if (got <= 0) continue;
    received.insert(received.end(), buffer, buffer + got);
    while (take_frame(received)) {
    }
  }
}

/// False when more has to come. Damage throws away all that came with it.
bool ModbusRtuServer::take_frame(std::vector<std::uint8_t>& received) {
  const auto length = rtu_length(RtuSide::Request, received);
  if (std::holds_alternative<NotAFrame>(length)) received.clear();
  const auto* whole = std::get_if<std::size_t>(&length);
  if (whole == nullptr || received.size() < *whole) return false;
  const std::vector<std::uint8_t> frame(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(*whole));
  if (!rtu_crc_fits(frame)) {
    received.clear();
    return false;
  }
  received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(*whole));
  answer(frame);
  return true;
}

void ModbusRtuServer::answer(std::span<const std::uint8_t> frame) {
  const Answering answering = answering_;
  const std::uint8_t unit = frame[0];
  const auto device = units_.find(unit);
  if (device == units_.end() || answering == Answering::Silent || answering == Answering::Refusing) return;
  std::vector<std::uint8_t> reply;
  {
    const std::lock_guard lock(mutex_);
    const auto hook = [&](WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words) {
      if (on_write_) on_write_(unit, function, address, words);
    };
    reply = rtu_frame(unit, answer_pdu(*device->second, unit, rtu_pdu(frame), hook));
  }
  if (answering == Answering::Late) reply.swap(held_back_);
  if (!reply.empty()) (void)!::write(master_, reply.data(), reply.size());
}

}  // namespace balans
