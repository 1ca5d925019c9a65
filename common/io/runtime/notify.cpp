#include "common/io/runtime/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace balans {
namespace {

constexpr std::size_t kLongestStatus = 500;

std::string_view environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

/// In a message a line is an assignment, so a status is one line.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, kLongestStatus));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return line;
}

std::string monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

Supervisor Supervisor::from_environment() {
  std::string socket(environment("NOTIFY_SOCKET"));
  const bool address = socket.size() > 1 && (socket[0] == '/' || socket[0] == '@');
  if (!address || socket.size() >= sizeof(sockaddr_un::sun_path)) return {};
  const std::string_view pid = environment("WATCHDOG_PID");
  const bool meant = pid.empty() || pid == std::to_string(::getpid());
  return {std::move(socket), meant && !environment("WATCHDOG_USEC").empty()};
}

void Supervisor::beat(std::string_view status) {
  if (socket_.empty() || told_ == Told::Stopping) return;
  std::string message;
  if (told_ != Told::Ready) message += "READY=1\n";
  told_ = Told::Ready;
  if (watches_) message += "WATCHDOG=1\n";
  if (std::string line = one_line(status); line != status_) {
    message += "STATUS=" + line + "\n";
    status_ = std::move(line);
  }
  if (!message.empty()) send(message);
}

void Supervisor::reloading() {
  if (told_ != Told::Ready) return;
  told_ = Told::Reloading;
  send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds() + "\n");
}

void Supervisor::stopping() {
  if (socket_.empty() || told_ == Told::Stopping) return;
  told_ = Told::Stopping;
  send("STOPPING=1\n");
}

void Supervisor::send(const std::string& message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

}  // namespace balans
