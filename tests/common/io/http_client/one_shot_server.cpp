#include "tests/common/io/http_client/one_shot_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

namespace balans::test {
namespace {

std::size_t body_length(const std::string& head) {
  const std::size_t found = head.find("Content-Length: ");
  return found == std::string::npos ? 0 : std::stoul(head.substr(found + 16));
}

std::optional<std::string> read_request(int fd) {
  std::string request;
  std::array<char, 65536> buffer{};
  while (true) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end != std::string::npos && request.size() >= end + 4 + body_length(request.substr(0, end))) return request;
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return std::nullopt;
    request.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string answer(const std::string& status_line, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + status_line + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

OneShotServer::OneShotServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 5) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port for the test's server");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

OneShotServer::~OneShotServer() {
  ::shutdown(listener_, SHUT_RDWR);
  if (const int fd = open_; fd >= 0) ::shutdown(fd, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void OneShotServer::serve() {
  while (true) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    ++connections_;
    open_ = fd;
    serve_connection(fd);
    open_ = -1;
    ::close(fd);
  }
}

void OneShotServer::serve_connection(int fd) {
  while (const auto request = read_request(fd)) {
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      index = std::min(requests_.size(), answers_.size() - 1);
      requests_.push_back(*request);
    }
    const std::string& text = answers_[index];
    if (!text.empty() && ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
  }
}

std::vector<std::string> OneShotServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace balans::test
