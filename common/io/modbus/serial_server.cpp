#include "common/io/modbus/serial_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/io/modbus/pdu.hpp"
#include "common/io/modbus/serial_framing.hpp"

namespace balans {
namespace {

/// The rest of a request that does not come within this is not waited for.
constexpr int pause_ms(Framing framing) { return framing == Framing::Ascii ? 1000 : 50; }

}  // namespace

Result<std::unique_ptr<ModbusSerialServer>> ModbusSerialServer::start(std::map<std::uint8_t, Transport*> units,
                                                                      WriteHook on_write, Framing framing) {
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
  return std::unique_ptr<ModbusSerialServer>(
      new ModbusSerialServer(master, line, wake, name, std::move(units), std::move(on_write), framing));
}

ModbusSerialServer::ModbusSerialServer(int master, int line, int wake, std::string device,
                                       std::map<std::uint8_t, Transport*> units, WriteHook on_write, Framing framing)
    : master_(master),
      line_(line),
      wake_(wake),
      device_(std::move(device)),
      units_(std::move(units)),
      on_write_(std::move(on_write)),
      framing_(framing),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ModbusSerialServer::~ModbusSerialServer() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
  thread_.join();
  ::close(wake_);
  ::close(line_);
  ::close(master_);
}

void ModbusSerialServer::run(const std::stop_token& stop) {
  ModbusBytes received;
  while (!stop.stop_requested()) {
    pollfd fds[2] = {{wake_, POLLIN, 0}, {master_, POLLIN, 0}};
    const int ready = ::poll(fds, 2, received.empty() ? -1 : pause_ms(framing_));
    if (ready == 0) received.clear();
    if (ready <= 0 || (fds[1].revents & POLLIN) == 0) continue;
    std::uint8_t buffer[256];
    const ssize_t got = ::read(master_, buffer, sizeof buffer);
    if (got <= 0) continue;
    received.insert(received.end(), buffer, buffer + got);
    while (take_request(received)) {
    }
  }
}

/// False when more has to come. Damage throws away all that came with it.
bool ModbusSerialServer::take_request(ModbusBytes& received) {
  const TakenMessage taken = take_message(framing_, LineSide::Request, received);
  if (std::holds_alternative<Damage>(taken)) received.clear();
  const auto* message = std::get_if<ModbusBytes>(&taken);
  if (message != nullptr) answer(*message);
  return message != nullptr;
}

void ModbusSerialServer::answer(std::span<const std::uint8_t> request) {
  const Answering answering = answering_;
  const std::uint8_t unit = request[0];
  const auto device = units_.find(unit);
  if (device == units_.end() || answering == Answering::Silent || answering == Answering::Refusing) return;
  const auto named = static_cast<std::uint8_t>(answering == Answering::WrongUnit ? unit + 1 : unit);
  ModbusBytes reply;
  {
    const std::lock_guard lock(mutex_);
    const auto hook = [&](WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words) {
      if (on_write_) on_write_(unit, function, address, words);
    };
    reply = framed(framing_, message_to(named, answer_pdu(*device->second, unit, pdu_of(request), hook)));
  }
  if (answering == Answering::Late) reply.swap(held_back_);
  if (!reply.empty()) (void)!::write(master_, reply.data(), reply.size());
}

}  // namespace balans
