#pragma once
// A node of IOTA of the test's own: the stand-in on the official SDK (tests/iota_node) as a process on a free port,
// with its state in a folder of its own.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/io/http_client/http_client.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::test {

class IotaNode {
 public:
  /// Installs the SDK where that was not done yet, and returns once the node listens. `options` go to node.mjs. Throws
  /// where it cannot.
  explicit IotaNode(std::vector<std::string> options = {});
  ~IotaNode();
  IotaNode(const IotaNode&) = delete;
  IotaNode& operator=(const IotaNode&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const std::string& chain() const { return chain_; }
  [[nodiscard]] const std::string& genesis() const { return genesis_; }
  /// The address that `fund` pays from.
  [[nodiscard]] const std::string& faucet() const { return faucet_; }

  void kill();   ///< SIGKILL: gone without a word
  void start();  ///< again with what it had written, on the same port, after kill()

  /// Members of the stand-in's weather, `next_epoch`, `checkpoints`, `now_ms`: as one JSON object.
  void control(const std::string& json);
  /// A new coin.
  void fund(const std::string& address, std::uint64_t nanos);
  /// Somebody else with this private key pays out of one of its coins. False where the network would not.
  bool spend(const std::string& private_key, const std::string& to, std::uint64_t nanos, std::uint64_t skip = 0);

 private:
  int post(const std::string& path, const std::string& body, std::string& answer);
  void launch();
  [[nodiscard]] std::string first_line(int out) const;

  TempFolder folder_;
  std::vector<std::string> options_;
  HttpClient http_;
  std::string url_, chain_, genesis_, faucet_;
  pid_t pid_ = -1;
};

}  // namespace balans::test
