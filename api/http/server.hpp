#pragma once
// An HTTP/1.1 server for one thread: keep-alive, server-sent events, and a limit on everything a client can use up.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/http/message.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

/// Times are of the wall clock.
struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;             ///< 0 takes a free one
  std::size_t max_connections = 256;  ///< further ones wait in the backlog until one ends
  std::size_t max_streams = 128;      ///< of these, how many may be event streams
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_queued_events = 8;  ///< per stream; a slow client misses the oldest
  Millis header_time = 10_s;
  Millis body_time = 30_s;
  Millis write_time = 30_s;
  Millis idle_time = 60_s;  ///< between two requests of a connection
  Millis heartbeat = 15_s;  ///< a comment on streams where nothing else has been sent
  Millis beat = 1_s;        ///< how often `on_beat` is called
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
  /// From any thread.
  void stop();
  void publish(const std::string& channel, const Event& event) override;

  class Core;

 private:
  explicit Server(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace balans::api
