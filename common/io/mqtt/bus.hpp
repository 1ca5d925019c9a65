#pragma once
// The site's broker, as the programs see it: publish, and a stream of events. MQTT 5, clean start, session expiry 0.
//
// The bus never queues for a broker that is away: our protocol renews everything, and old limits must not arrive in a
// crowd. All waits are bounded and on the real clock, also when the program runs on a scaled one.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/defaults.hpp"
#include "common/result.hpp"

namespace balans {

enum class Qos : std::uint8_t { AtMostOnce, AtLeastOnce };
enum class Retain : std::uint8_t { No, Yes };

struct Publication {
  std::string topic;
  std::string payload;
  Qos qos = Qos::AtLeastOnce;
  Retain retain = Retain::No;
  std::optional<std::chrono::seconds> expiry = {};  ///< real time: the broker forgets it after this
};

struct Subscription {
  std::string filter;
  Qos qos = Qos::AtLeastOnce;
};

/// Connected and all subscriptions granted. Comes before any message of that connection.
struct BusConnected {};
/// Not connected, and why. Comes when a connection ends, when the first attempt fails, and when the reason changes.
struct BusLost {
  std::string reason;
};
struct BusMessage {
  std::string topic;
  std::string payload;
  Retain retained = Retain::No;  ///< it was lying at the broker when we subscribed
};
using BusEvent = std::variant<BusConnected, BusLost, BusMessage>;

struct TlsFiles {
  std::filesystem::path ca;
  std::optional<std::filesystem::path> certificate;  ///< with `key`: the client's own
  std::optional<std::filesystem::path> key;
};

struct BrokerAddress {
  std::string host;
  int port = 1883;
  std::optional<TlsFiles> tls;
  std::optional<std::string> username;
  std::optional<std::string> password;
};

struct BusOptions {
  BrokerAddress broker;
  std::string client_id;
  std::vector<Subscription> subscriptions;  ///< made anew at each connection
  std::optional<Publication> will;          ///< the broker publishes it when we vanish; we do at an orderly end
  std::chrono::seconds keepalive{5};
  std::chrono::milliseconds connect_timeout{2500};
  std::chrono::milliseconds first_retry{100};  ///< doubles up to last_retry
  std::chrono::milliseconds last_retry{1000};
  std::chrono::seconds replace_client_after{60};
  std::size_t max_in_flight = 1000;
  std::size_t max_payload =
      static_cast<std::size_t>(defaults::kMaxMessageBytes);  ///< larger ones are refused, both ways
};

class Bus {
 public:
  virtual ~Bus() = default;
  /// Hands the message to the connection and does not wait for the broker. An error when there is no connection, when
  /// `max_in_flight` messages are unacknowledged, or when the payload is too large. Success is no proof of delivery.
  virtual Result<void> publish(const Publication& publication) = 0;
  [[nodiscard]] virtual bool connected() const = 0;
  /// Ends the connection and makes a new one, with the certificates that lie in their files by then. Returns at once.
  virtual void reconnect() = 0;
  /// Messages that came and were dropped, because they were too large or too many at once.
  [[nodiscard]] virtual std::int64_t refused() const = 0;
};

/// Connects, and keeps connecting, until it is destroyed. `on_event` is called from threads of the bus, one call at a
/// time; it only posts the event and never calls the bus.
std::unique_ptr<Bus> make_bus(BusOptions options, std::function<void(BusEvent)> on_event);

}  // namespace balans
