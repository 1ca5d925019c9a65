#pragma once
// Everything the connections share. Part of server.cpp.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
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

class Server::Core {
 public:
  explicit Core(ServerOptions wanted)
      : options(std::move(wanted)), acceptor(io), retry(io), beat(io), last_moment(io) {}

  void accept();
  void connection_began(Connection& connection);
  void connection_ended(Connection& connection);
  void beat_again(const std::function<void()>& on_beat);
  void drain();
  void publish(const std::string& channel, const EventText& text);
  Result<void> read_certificate();

  ServerOptions options;
  Handler* handler = nullptr;  ///< there while `run` runs
  bool accepting = false;
  bool draining = false;
  ServerCounts counts;
  std::set<Connection*> connections;
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
