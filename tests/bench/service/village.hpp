#pragma once
// Sites as the api sees them: signed requests with signed batches, minute after minute.

#include <memory>
#include <string>

#include "common/io/http_client/http_client.hpp"
#include "common/messages/messages.hpp"

namespace balans::bench {

/// All sites share one key, and all devices another: for whoever verifies that makes no difference.
struct Keys {
  DeploymentId deployment;
  std::unique_ptr<Signer> site;
  std::unique_ptr<Signer> agent;
  static const Keys& all();
};

/// Each site has two devices: one that is up to date, one that comes back after an outage.
inline constexpr const char* kLive = "charger-1";
inline constexpr const char* kBacklog = "charger-2";

std::string site_name(int number);
/// A request with that body, signed by the site.
HttpRequest signed_request(const std::string& base_url, const std::string& target, std::string body);

/// One device and its chain of readings. Belongs to one thread at a time.
class Sender {
 public:
  Sender(int site, const char* agent, UnixTime from);
  /// The next readings, in so many batches of one request.
  HttpRequest next(const std::string& base_url, int batches, int readings_of_a_batch);
  [[nodiscard]] UnixTime reached() const { return time_; }

 private:
  Reading reading();
  std::string batch(int readings);

  int site_;
  AgentId agent_;
  UnixTime time_;
  std::uint64_t seq_ = 0;
  Digest head_;
};

}  // namespace balans::bench
