#include "common/io/modbus/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "common/io/modbus/pdu.hpp"

namespace balans {
namespace {

constexpr std::size_t kHeader = 7;  // transaction, protocol, length, unit
constexpr std::size_t kMaxFrame = 260;
constexpr std::size_t kMaxUnsent = 64 * 1024;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

struct Client {
  Socket socket;
  std::vector<std::uint8_t> received;
  std::vector<std::uint8_t> unsent;
  std::vector<std::uint8_t> held_back;  ///< the answer that Answering::Late still owes
};

std::string last_error() { return std::strerror(errno); }

/// Bound and listening; never blocks.
Result<Socket> listen_on(const ModbusTcpServerOptions& options) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  if (::inet_pton(AF_INET, options.host.c_str(), &address.sin_addr) != 1) return Error{where, "not an IPv4 address"};
  Socket listening(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (listening.fd() < 0 || ::setsockopt(listening.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(listening.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening.fd(), 64) != 0)
    return Error{where, last_error()};
  return listening;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

/// The thread's own state: listening socket, clients, and what is to be answered.
class ModbusTcpServer::Loop {
 public:
  Loop(ModbusTcpServer& server, Socket listening, Socket wake, Settings settings)
      : server_(server), listening_(std::move(listening)), wake_(std::move(wake)), settings_(std::move(settings)) {}

  /// False when the kernel has no room for it.
  bool watches() {
    return events_.fd() >= 0 && watch(EPOLL_CTL_ADD, wake_.fd()) && watch(EPOLL_CTL_ADD, listening_.fd());
  }

  void run(const std::stop_token& stop) {
    std::array<epoll_event, 64> happened{};
    while (!stop.stop_requested()) {
      const int count = ::epoll_wait(events_.fd(), happened.data(), static_cast<int>(happened.size()), 1000);
      for (int i = 0; i < count; ++i) serve(happened[static_cast<std::size_t>(i)].data.fd);
    }
  }

 private:
  bool watch(int operation, int fd, std::uint32_t events = EPOLLIN) {
    epoll_event wanted{};
    wanted.events = events;
    wanted.data.fd = fd;
    return ::epoll_ctl(events_.fd(), operation, fd, &wanted) == 0;
  }

  void serve(int fd) {
    if (fd == listening_.fd()) return accept();
    const auto client = clients_.find(fd);
    if (client == clients_.end()) return;
    const bool waited = !client->second.unsent.empty();
    if (!receive(client->second) || !send(client->second)) return void(clients_.erase(client));
    const bool waits = !client->second.unsent.empty();
    if (waits != waited) watch(EPOLL_CTL_MOD, fd, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  void accept() {
    Socket accepted(::accept4(listening_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    const bool full = clients_.size() >= static_cast<std::size_t>(settings_.max_clients);
    if (accepted.fd() < 0 || full || server_.answering_ == Answering::Refusing) return;
    const int on = 1;
    ::setsockopt(accepted.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = accepted.fd();
    if (watch(EPOLL_CTL_ADD, fd)) clients_.emplace(fd, Client{std::move(accepted), {}, {}, {}});
  }

  /// False when the client is gone or talks nonsense.
  bool receive(Client& client) {
    std::uint8_t buffer[1024];
    const ssize_t got = ::recv(client.socket.fd(), buffer, sizeof buffer, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (server_.answering_ == Answering::Refusing) return false;
    if (got > 0) client.received.insert(client.received.end(), buffer, buffer + got);
    return take_frames(client);
  }

  bool take_frames(Client& client) {
    while (client.received.size() >= kHeader) {
      const auto& bytes = client.received;
      const std::size_t length = static_cast<std::size_t>(bytes[4] << 8 | bytes[5]) + 6;
      if (bytes[2] != 0 || bytes[3] != 0 || length <= kHeader || length > kMaxFrame) return false;
      if (bytes.size() < length) return true;
      answer(client, std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)));
      client.received.erase(client.received.begin(), client.received.begin() + static_cast<std::ptrdiff_t>(length));
    }
    return true;
  }

  void answer(Client& client, const std::vector<std::uint8_t>& frame) {
    const Answering answering = server_.answering_;
    const std::uint8_t unit = frame[6];
    const auto device = settings_.units.find(unit);
    if (answering == Answering::Silent || device == settings_.units.end()) return;
    const std::vector<std::uint8_t> pdu = answer_of(*device->second, unit, frame);
    std::vector<std::uint8_t> reply(frame.begin(), frame.begin() + kHeader);
    reply[4] = static_cast<std::uint8_t>((pdu.size() + 1) >> 8);
    reply[5] = static_cast<std::uint8_t>((pdu.size() + 1) & 0xFF);
    reply.insert(reply.end(), pdu.begin(), pdu.end());
    if (answering == Answering::WrongUnit) ++reply[6];
    if (answering == Answering::Late) reply.swap(client.held_back);
    client.unsent.insert(client.unsent.end(), reply.begin(), reply.end());
  }

  std::vector<std::uint8_t> answer_of(Transport& device, std::uint8_t unit, const std::vector<std::uint8_t>& frame) {
    const std::lock_guard lock(server_.mutex_);
    const auto hook = [&](WriteFunction function, std::uint16_t address, std::span<const std::uint16_t> words) {
      if (settings_.on_write) settings_.on_write(unit, function, address, words);
    };
    return answer_pdu(device, unit, std::span(frame).subspan(kHeader), hook);
  }

  bool send(Client& client) {
    if (client.unsent.empty()) return true;
    const ssize_t sent = ::send(client.socket.fd(), client.unsent.data(), client.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    client.unsent.erase(client.unsent.begin(), client.unsent.begin() + std::max<ssize_t>(sent, 0));
    return client.unsent.size() <= kMaxUnsent;
  }

  ModbusTcpServer& server_;
  Socket listening_;
  Socket wake_;
  Settings settings_;
  Socket events_{::epoll_create1(EPOLL_CLOEXEC)};
  std::map<int, Client> clients_;  ///< by descriptor
};

Result<std::unique_ptr<ModbusTcpServer>> ModbusTcpServer::start(const ModbusTcpServerOptions& options,
                                                                std::map<std::uint8_t, Transport*> units,
                                                                WriteHook on_write) {
  Result<Socket> listening = listen_on(options);
  if (!listening) return listening.error();
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return Error{"modbus server", last_error()};
  std::unique_ptr<ModbusTcpServer> server(new ModbusTcpServer(port_of(listening->fd()), wake));
  server->loop_ = std::make_unique<Loop>(*server, *std::move(listening), Socket(wake),
                                         Settings{std::move(units), std::move(on_write), options.max_clients});
  if (!server->loop_->watches()) return Error{"modbus server", last_error()};
  server->thread_ = std::jthread([loop = server->loop_.get()](const std::stop_token& stop) { loop->run(stop); });
  return server;
}

ModbusTcpServer::ModbusTcpServer(std::uint16_t port, int wake) : port_(port), wake_(wake) {}

ModbusTcpServer::~ModbusTcpServer() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);  // ends the wait at once; without it the stop takes up to a second
}

}  // namespace balans
