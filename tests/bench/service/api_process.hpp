#pragma once
// balans-api as it is installed, started with a config of many sites.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "api/store/open.hpp"
#include "common/io/http_client/http_client.hpp"
#include "tests/bench/service/village.hpp"

namespace balans::bench {

class ApiProcess {
 public:
  struct Setup {
    std::filesystem::path program;
    std::filesystem::path folder;
    std::string database;  ///< as in api.yaml
    int sites = 0;
    [[nodiscard]] api::DatabaseAddress address() const;
  };
  /// Writes the config, makes a token and starts it; ends this program where that fails.
  explicit ApiProcess(const Setup& setup);
  ~ApiProcess();
  ApiProcess(const ApiProcess&) = delete;
  ApiProcess& operator=(const ApiProcess&) = delete;

  [[nodiscard]] pid_t id() const { return child_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] std::string url(const std::string& target) const;
  /// From the start of the process to its first answer.
  [[nodiscard]] double start_seconds() const { return start_seconds_; }
  /// What is asked with the token; ends this program where it is not answered with success.
  std::string get(HttpClient& client, const std::string& target) const;

 private:
  void start(const Setup& setup);

  pid_t child_ = 0;
  int output_ = -1;
  std::uint16_t port_ = 0;
  std::string token_;
  double start_seconds_ = 0;
};

[[noreturn]] void give_up(const std::string& what);

}  // namespace balans::bench
