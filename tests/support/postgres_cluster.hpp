#pragma once
// A PostgreSQL of the tests' own: made at the first use, on a socket in a folder of its own, durable as a real one, and
// gone with its folder at the end.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace balans::test {

class PostgresCluster {
 public:
  /// Makes it and waits until it takes connections; says on standard error why it cannot, and ends the program.
  PostgresCluster();
  ~PostgresCluster();
  PostgresCluster(const PostgresCluster&) = delete;
  PostgresCluster& operator=(const PostgresCluster&) = delete;

  /// An empty database of its own, as a URI.
  std::string fresh_database();
  [[nodiscard]] std::string uri(const std::string& database) const;
  /// As by a power cut: the server is killed, and started again.
  void crash_and_start();
  [[nodiscard]] const std::filesystem::path& programs() const { return programs_; }

 private:
  void start();

  std::filesystem::path programs_;
  std::filesystem::path folder_;
  pid_t server_ = 0;
  int databases_ = 0;
};

/// The one of this process.
PostgresCluster& postgres_cluster();

}  // namespace balans::test
