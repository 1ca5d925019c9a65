#include "sim/street/lines.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/check.hpp"

namespace balans::sim {
namespace {

constexpr std::size_t kMaxLine = 64 * 1024;

}  // namespace

InputLines::InputLines(int fd, std::function<void(std::string)> on_line) : wake_(eventfd(0, EFD_CLOEXEC)) {
  BALANS_CHECK(wake_ >= 0);
  thread_ = std::jthread([this, fd, call = std::move(on_line)] { read_until_stopped(fd, call); });
}

InputLines::~InputLines() {
  const std::uint64_t one = 1;
  const ssize_t written = write(wake_, &one, sizeof one);
  BALANS_CHECK(written == sizeof one);
  thread_.join();
  close(wake_);
}

void InputLines::read_until_stopped(int fd, const std::function<void(std::string)>& on_line) const {
  std::string pending;
  std::array<char, 4096> chunk{};
  for (;;) {
    std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {wake_, POLLIN, 0}}};
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    if (waiting[0].revents == 0) continue;
    const ssize_t got = read(fd, chunk.data(), chunk.size());
    if (got <= 0) return;
    pending.append(chunk.data(), static_cast<std::size_t>(got));
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      on_line(pending.substr(0, end));
      pending.erase(0, end + 1);
    }
    if (pending.size() > kMaxLine) return;
  }
}

}  // namespace balans::sim
