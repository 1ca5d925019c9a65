#pragma once
// Everything the connections share. Part of server.cpp.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "api/http/server.hpp"
#include "api/http/server/wire_text.hpp"

namespace balans::api {

class Connection;

/// Connections that keep the server waiting, the one that does so longest first.
using Waiting = std::set<std::pair<std::chrono::steady_clock::time_point, Connection*>>;

class Server::Core {
 public:
  explicit Core(ServerOptions wanted)
      : options(std::move(wanted)), acceptor(io), retry(io), beat(io), last_moment(io) {}

  [[nodiscard]] bool has_room() const;
  void accept();
  void begin(boost::asio::ip::tcp::socket socket);
  void connection_began(Connection& connection);
  void connection_ended(Connection& connection);
  void beat_again(const std::function<void()>& on_beat);
  void drain();
  void publish(const std::string& channel, const EventText& text);
  /// Closes the longest of them.
  void give_up_first(const Waiting& waiting);
  Result<void> read_certificate();

  ServerOptions options;
  Handler* handler = nullptr;  ///< there while `run` runs
  bool accepting = false;
  bool draining = false;
  ServerCounts counts;
  std::set<Connection*> connections;
  Waiting for_requests;
  Waiting for_bodies;
  std::size_t body_bytes = 0;                                        ///< of requests that are not answered yet
  std::size_t shared_streams = 0;                                    ///< open now
  std::unordered_map<std::string, std::set<Connection*>> listeners;  ///< by channel
  std::mutex tls_mutex;
  std::shared_ptr<boost::asio::ssl::context> tls;  ///< guarded by `tls_mutex`
  boost::asio::io_context io{1};
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer retry;
  boost::asio::steady_timer beat;
  boost::asio::steady_timer last_moment;
};

inline std::chrono::milliseconds wall(Millis duration) { return std::chrono::milliseconds(duration.count()); }

}  // namespace balans::api
