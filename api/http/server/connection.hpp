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
  /// Ends at once, whatever it is doing.
  void close();
  /// The server wants to end: whoever only waits goes now, whoever is served goes after that.
  void drain();

 private:
  using error_code = boost::system::error_code;
  enum class After : std::uint8_t { KeepAlive, Close };
  enum class Waits : std::uint8_t { ForRequest, ForBody, No };

  void arm(Millis time);
  void now_waits(Waits what);
  [[nodiscard]] Waiting& waiting() { return waits_ == Waits::ForBody ? core_.for_bodies : core_.for_requests; }
  void wait_for_request();
  void read_head();
  void admit();
  void say_continue();
  void read_body();
  void read_more_of_body();
  [[nodiscard]] bool hold(std::size_t bytes);
  void let_go_of_body();
  void ask_handler();
  std::shared_ptr<Connection> lend();
  void take_answer(Answer answer);
  void read_failed(const error_code& error);
  void respond(Response response, After after);
  void linger();
  void discard();
  [[nodiscard]] bool has_place(const EventStream& stream);
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
  Waits waits_ = Waits::No;
  std::chrono::steady_clock::time_point since_;  ///< it waits, or streams
  std::size_t held_ = 0;                         ///< bytes of body
  bool idle_ = false;                            ///< between two requests
  bool ending_ = false;
  std::optional<std::string> channel_;  ///< of the stream it has become
  StreamPlaces places_ = StreamPlaces::Shared;
  std::function<bool()> allowed_;
  std::deque<EventText> queue_;
  std::size_t queued_bytes_ = 0;
  EventText writing_;
};

}  // namespace balans::api
