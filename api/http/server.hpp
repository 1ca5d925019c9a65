#pragma once
// An HTTP/1.1 server for one thread: keep-alive, TLS, server-sent events, and a limit on everything a client can use
// up.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/http/message.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

struct TlsFiles {
  std::filesystem::path certificate;  ///< PEM, with the chain
  std::filesystem::path key;          ///< PEM
};

/// Times are of the wall clock.
struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0 takes a free one
  std::optional<TlsFiles> tls;  ///< absent: plain HTTP
  /// Where there are more, whoever has been silent longest goes; where all are served, further ones wait in the
  /// backlog.
  std::size_t max_connections = 4096;
  std::size_t max_streams = 3000;                 ///< of these, how many may be streams that share their places
  std::size_t max_streams_of_a_channel = 4;       ///< of one that has its own places: the oldest goes for a further one
  std::size_t max_body_bytes = 64 * 1024 * 1024;  ///< of all requests that are not answered yet
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_queued_events = 32;         ///< per stream; a client that has more waiting is dropped
  std::size_t max_queued_bytes = 512 * 1024;  ///< per stream, unless it is a single event
  Millis header_time = 10_s;                  ///< the handshake's too
  Millis body_time = 30_s;
  Millis answer_time = 60_s;  ///< until the handler has answered
  Millis write_time = 30_s;
  Millis idle_time = 60_s;      ///< between two requests of a connection
  Millis heartbeat = 15_s;      ///< a comment on streams where nothing else has been sent
  Millis beat = 1_s;            ///< how often `on_beat` is called
  Millis drain_time = 1500_ms;  ///< what requests under way are given to end after `stop`
};

/// What the server has done and holds, for metrics. Read from any thread.
struct ServerCounts {
  std::atomic<std::int64_t> connections = 0;  ///< open now
  std::atomic<std::int64_t> streams = 0;      ///< open now
  std::atomic<std::int64_t> accepted = 0;
  std::atomic<std::int64_t> timeouts = 0;  ///< closed because a client took too long, or longest where room was needed
  std::atomic<std::int64_t> dropped_streams = 0;  ///< because a listener did not keep up
  std::atomic<std::int64_t> failed_handshakes = 0;
};

class Server final : public EventSink {
 public:
  /// Binds and listens; connections wait until `run`.
  static Result<std::unique_ptr<Server>> listen(const ServerOptions& options);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Serves on the calling thread until `stop`, and calls `on_beat` on it now and then, at once for the first time.
  void run(Handler& handler, const std::function<void()>& on_beat);
  /// From any thread: takes no more connections, tells listeners to come back later, lets requests under way end, and
  /// then `run` returns.
  void stop();
  /// From any thread: reads certificate and key anew, for connections from now on. On error the old ones stay.
  Result<void> reload_certificate();
  void publish(const std::string& channel, const EventText& event) override;
  [[nodiscard]] const ServerCounts& counts() const;

  class Core;

 private:
  explicit Server(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace balans::api
