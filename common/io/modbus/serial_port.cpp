#include "common/io/modbus/serial_port.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace balans {
namespace {

using std::chrono::microseconds;

struct Speed {
  int baud;
  speed_t code;
};
constexpr std::array kSpeeds{Speed{1200, B1200},     Speed{2400, B2400},     Speed{4800, B4800},
                             Speed{9600, B9600},     Speed{19200, B19200},   Speed{38400, B38400},
                             Speed{57600, B57600},   Speed{115200, B115200}, Speed{230400, B230400},
                             Speed{460800, B460800}, Speed{500000, B500000}, Speed{576000, B576000},
                             Speed{921600, B921600}};

std::optional<speed_t> speed_of(int baud) {
  const auto* found = std::ranges::find(kSpeeds, baud, &Speed::baud);
  return found == kSpeeds.end() ? std::nullopt : std::optional(found->code);
}

Error failure(const std::string& device) { return {device, std::strerror(errno)}; }

void set_format(termios& line, const SerialFormat& format) {
  ::cfmakeraw(&line);
  line.c_cflag |= CLOCAL | CREAD;
  line.c_cflag &= ~static_cast<tcflag_t>(CSIZE | CSTOPB | PARENB | PARODD | CRTSCTS);
  line.c_cflag |= format.data_bits == 7 ? CS7 : CS8;
  if (format.stop_bits == 2) line.c_cflag |= CSTOPB;
  if (format.parity != 'N') line.c_cflag |= PARENB;
  if (format.parity == 'O') line.c_cflag |= PARODD;
  line.c_iflag |= format.parity == 'N' ? 0U : static_cast<tcflag_t>(INPCK);
  line.c_cc[VMIN] = 0;
  line.c_cc[VTIME] = 0;
}

/// Rounded up: a deadline is never early.
timespec until(SerialPort::Time deadline) {
  const auto left = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero());
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  return {static_cast<time_t>(whole.count()),
          static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(left - whole).count())};
}

}  // namespace

Result<SerialPort> SerialPort::open(const std::string& device, const SerialFormat& format) {
  const std::optional<speed_t> speed = speed_of(format.baud);
  if (!speed) return Error{device, std::to_string(format.baud) + " baud is not a speed of serial lines here"};
  SerialPort port(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (port.fd_ < 0) return failure(device);
  if (::flock(port.fd_, LOCK_EX | LOCK_NB) != 0) return Error{device, "another program speaks on this line"};
  termios line{};
  if (::tcgetattr(port.fd_, &line) != 0) return failure(device);
  set_format(line, format);
  if (::cfsetspeed(&line, *speed) != 0 || ::tcsetattr(port.fd_, TCSANOW, &line) != 0) return failure(device);
  ::tcflush(port.fd_, TCIOFLUSH);
  return port;
}

SerialPort::~SerialPort() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> SerialPort::write(std::span<const std::uint8_t> bytes, Time deadline) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
    if (done < 0 && errno != EAGAIN && errno != EINTR) return failure("");
    if (done > 0) bytes = bytes.subspan(static_cast<std::size_t>(done));
    if (bytes.empty()) break;
    pollfd fd{fd_, POLLOUT, 0};
    const timespec left = until(deadline);
    if (::ppoll(&fd, 1, &left, nullptr) == 0) return Error{"", "the line takes nothing"};
  }
  return {};
}

Result<std::size_t> SerialPort::read(std::span<std::uint8_t> buffer, Time deadline) {
  while (true) {
    pollfd fd{fd_, POLLIN, 0};
    const timespec left = until(deadline);
    const int ready = ::ppoll(&fd, 1, &left, nullptr);
    if (ready == 0) return std::size_t{0};
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return failure("");
    const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    return Error{"", got == 0 ? "the line is gone" : std::strerror(errno)};
  }
}

microseconds character_time(const SerialFormat& format) {
  const int bits = 1 + format.data_bits + (format.parity == 'N' ? 0 : 1) + format.stop_bits;
  return microseconds((bits * 1'000'000 + format.baud - 1) / format.baud);
}

microseconds frame_gap(const SerialFormat& format) {
  return std::max(character_time(format) * 7 / 2, microseconds(1750));
}

}  // namespace balans
