#pragma once
// The smallest HTTP server that a client can be tested against: fixed answers, one connection after the other.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace balans::test {

class OneShotServer {
 public:
  /// Each request is answered by the next of these raw answers; an empty one is never answered.
  explicit OneShotServer(std::vector<std::string> answers);
  ~OneShotServer();
  OneShotServer(const OneShotServer&) = delete;
  OneShotServer& operator=(const OneShotServer&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/x"; }
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve();
  void serve_connection(int fd);

  const std::vector<std::string> answers_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::atomic<int> connections_ = 0;
  std::atomic<int> open_ = -1;
  std::jthread thread_;
};

std::string answer(const std::string& status_line, const std::string& headers, const std::string& body);

}  // namespace balans::test
