#pragma once
// One client: reads requests, writes answers, or streams events. Part of server.cpp.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <optional>

#include "api/http/server/core.hpp"
#include "api/http/server/link.hpp"

namespace balans::api {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server::Core& core, Link::tcp::socket socket, Link::Tls tls);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// Queues a text for this stream, or drops the listener that has not kept up.
  void push(const EventText& text);
  /// The server wants to end: whoever only waits goes now, whoever is served goes after that.
  void drain();

 private:
  using error_code = boost::system::error_code;
  enum class After : std::uint8_t { KeepAlive, Close };

  void arm(Millis time);
  void close();
  void wait_for_request();
  void read_head();
  void admit();
  void say_continue();
  void read_body();
  void ask_handler();
  void take_answer(Answer answer);
  void read_failed(const error_code& error);
  void respond(Response response, After after);
  void linger();
  void discard();
  void start_stream(EventStream stream);
  void end_stream(const Event& last);
  void write_next_event();
  void wait_for_heartbeat();

  Server::Core& core_;
  Link link_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer heartbeat_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  Request request_;
  Method method_ = Method::Get;
  After after_ = After::Close;
  bool idle_ = false;  ///< between two requests
  bool ending_ = false;
  std::optional<std::string> channel_;  ///< of the stream it has become
  std::deque<EventText> queue_;
  std::size_t queued_bytes_ = 0;
  EventText writing_;
};

}  // namespace balans::api
