#include "common/io/pairing/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace balans::pairing {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kHeader = 4;

std::string reason(int error) { return std::generic_category().message(error); }

int milliseconds_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

struct Freed {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Result<void> connect_to(const Socket& socket, const addrinfo& address, Deadline deadline) {
  if (::connect(socket.fd(), address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return Error{"", reason(errno)};
  pollfd waiting{socket.fd(), POLLOUT, 0};
  if (::poll(&waiting, 1, milliseconds_until(deadline)) <= 0) return Error{"", "no answer in time"};
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
    return Error{"", reason(error)};
  return {};
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}
Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Result<Wire> Wire::connect(const std::string& host, std::uint16_t port, Deadline deadline) {
  const std::string where = host + ":" + std::to_string(port);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); code != 0)
    return Error{where, std::string("is not found: ") + ::gai_strerror(code)};
  const std::unique_ptr<addrinfo, Freed> list(found);
  Error last{where, "has no address"};
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.fd() < 0) continue;
    const auto connected = connect_to(socket, *address, deadline);
    if (connected) return Wire(std::move(socket));
    last.what = "cannot be reached: " + connected.error().what;
  }
  return last;
}

Result<void> Wire::wait(short events, Deadline deadline) const {
  for (;;) {
    pollfd waiting{socket_.fd(), events, 0};
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready > 0) return {};
    if (ready == 0) return Error{"", "the other side did not go on in time"};
    if (errno != EINTR) return Error{"", reason(errno)};
  }
}

Result<void> Wire::send(std::string_view frame, Deadline deadline) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<char>((size >> shift) & 0xffU));
  bytes.append(frame);
  std::string_view left = bytes;
  while (!left.empty()) {
    if (auto ready = wait(POLLOUT, deadline); !ready) return ready;
    const ssize_t sent = ::send(socket_.fd(), left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return Error{"", "the other side closed the connection"};
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> Wire::receive_bytes(std::size_t count, Deadline deadline) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    if (const auto ready = wait(POLLIN, deadline); !ready) return ready.error();
    const ssize_t got = ::recv(socket_.fd(), bytes.data() + have, count - have, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return Error{"", "the other side closed the connection"};
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<std::string> Wire::receive(std::size_t most, Deadline deadline) {
  const auto header = receive_bytes(kHeader, deadline);
  if (!header) return header.error();
  std::size_t size = 0;
  for (const char c : *header) size = (size << 8U) | static_cast<unsigned char>(c);
  if (size > most)
    return Error{
        "", "the other side sent " + std::to_string(size) + " bytes, expected " + std::to_string(most) + " at most"};
  return receive_bytes(size, deadline);
}

std::string Wire::local_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  std::array<char, NI_MAXHOST> text{};
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(socket_.fd(), generic, &size) != 0 ||
      ::getnameinfo(generic, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return "";
  const std::string_view found = text.data();
  constexpr std::string_view kMapped = "::ffff:";  // IPv4 on a socket of both kinds
  return std::string(found.starts_with(kMapped) ? found.substr(kMapped.size()) : found);
}

Result<Listening> Listening::open(std::uint16_t port) {
  const std::string where = "port " + std::to_string(port);
  Socket socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool both = socket.fd() >= 0;
  if (!both) socket = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1, no = 0;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  if (both) ::setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
  const auto* address = both ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  const socklen_t length = both ? sizeof(six) : sizeof(four);
  if (::bind(socket.fd(), address, length) != 0 || ::listen(socket.fd(), 4) != 0)
    return Error{where, "cannot be listened on: " + reason(errno)};
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return Error{where, reason(errno)};
  const std::uint16_t chosen = both ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port
                                    : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  return Listening(std::move(socket), ntohs(chosen));
}

Result<std::optional<Wire>> Listening::accept(Deadline deadline) {
  while (steady_clock::now() < deadline) {
    pollfd waiting{socket_.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, milliseconds_until(deadline)) <= 0) continue;
    Socket accepted(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (accepted.fd() >= 0) return std::optional<Wire>(Wire(std::move(accepted)));
    if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED)
      return Error{"port " + std::to_string(port_), reason(errno)};
  }
  return std::optional<Wire>();
}

}  // namespace balans::pairing
