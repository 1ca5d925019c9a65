// The only file that knows Boost.Beast and Boost.Asio: callbacks, one thread, one object per connection.
#include "api/http/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cctype>
#include <chrono>
#include <deque>
#include <map>
#include <optional>

#include "api/http/problem.hpp"

namespace balans::api {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

using SharedText = std::shared_ptr<const std::string>;

std::chrono::milliseconds wall(Millis duration) { return std::chrono::milliseconds(duration.count()); }

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::Get;
    case http::verb::head:
      return Method::Head;
    case http::verb::post:
      return Method::Post;
    default:
      return Method::Other;
  }
}

template <class Fields>
RequestHead head_of(const Fields& message) {
  RequestHead head{method_of(message.method()), std::string(message.target()), {}};
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string& value = head.headers[name];
    if (!value.empty()) value += ", ";
    value += std::string(field.value());
  }
  return head;
}

SharedText text_of(const Event& event) {
  return std::make_shared<const std::string>("event: " + event.name + "\ndata: " + event.data + "\n\n");
}

/// What to answer when a request cannot even be parsed.
Response malformed(const error_code& error) {
  if (error == http::error::header_limit) return problem(problems::kHeadersTooLarge, "too many bytes of headers");
  if (error == http::error::body_limit) return problem(problems::kTooLarge, "too many bytes of body");
  return problem(problems::kBadRequest, error.message());
}

enum class After : std::uint8_t { KeepAlive, Close };

}  // namespace

/// Everything the connections share.
class Server::Core {
 public:
  class Connection;

  explicit Core(ServerOptions wanted) : options(std::move(wanted)), acceptor(io), retry(io), beat(io) {}
  void accept();
  void connection_ended();
  void beat_again(const std::function<void()>& on_beat);

  ServerOptions options;
  Handler* handler = nullptr;  ///< there while `run` runs
  std::size_t open_connections = 0;
  std::size_t open_streams = 0;
  bool accepting = false;
  std::multimap<std::string, std::weak_ptr<Connection>> streams;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  asio::steady_timer beat;
};

class Server::Core::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Core& core, tcp::socket socket)
      : core_(core), socket_(std::move(socket)), deadline_(socket_.get_executor()), heartbeat_(socket_.get_executor()) {
    ++core_.open_connections;
  }
  ~Connection() {
    if (streaming_) --core_.open_streams;
    core_.connection_ended();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start() { read_head(); }

  /// Queues a text for this stream; a client that does not keep up misses the oldest.
  void push(SharedText text) {
    if (queue_.size() >= core_.options.max_queued_events) queue_.pop_front();
    queue_.push_back(std::move(text));
    if (writing_ == nullptr) write_next_event();
  }

 private:
  void arm(Millis time) {
    deadline_.expires_after(wall(time));
    deadline_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
      const auto self = weak.lock();
      if (self == nullptr || cancelled) return;
      if (self->deadline_.expiry() <= std::chrono::steady_clock::now()) self->close();
    });
  }

  void close() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    deadline_.cancel();
    heartbeat_.cancel();
  }

  /// Idle time runs until the first byte of a request, header time from there, so that nobody holds a connection by
  /// sending a header byte now and then.
  void wait_for_request() {
    if (buffer_.size() > 0) return read_head();
    arm(core_.options.idle_time);
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
      if (error) return self->close();
      self->read_head();
    });
  }

  void read_head() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_.options.max_header_bytes));
    parser_->body_limit(boost::none);  // the route decides once it is known
    arm(core_.options.header_time);
    http::async_read_header(socket_, buffer_, *parser_,
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (error) return self->read_failed(error);
                              self->admit();
                            });
  }

  void admit() {
    request_.head = head_of(parser_->get());
    auto admitted = core_.handler->admit(request_.head);
    if (auto* refused = std::get_if<Response>(&admitted))
      return respond(std::move(*refused),
                     parser_->is_done() && parser_->keep_alive() ? After::KeepAlive : After::Close);
    const std::size_t limit = std::get<BodyLimit>(admitted).bytes;
    if (const auto length = parser_->content_length(); length && *length > limit)
      return respond(problem(problems::kTooLarge,
                             std::to_string(*length) + " bytes, at most " + std::to_string(limit) + " are taken"),
                     After::Close);
    parser_->body_limit(limit);
    if (request_.head.header("expect") == "100-continue") return say_continue();
    read_body();
  }

  void say_continue() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(kContinue),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (error) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    arm(core_.options.body_time);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (error) return self->read_failed(error);
      self->answer();
    });
  }

  void answer() {
    const bool keep_alive = parser_->keep_alive();
    request_.body = std::move(parser_->get().body());
    Answer answer = core_.handler->handle(request_);
    request_.body = {};
    if (auto* stream = std::get_if<EventStream>(&answer)) return start_stream(std::move(*stream));
    respond(std::get<Response>(std::move(answer)), keep_alive ? After::KeepAlive : After::Close);
  }

  void read_failed(const error_code& error) {
    const bool gone = error == http::error::end_of_stream ||
                      error.category() != http::make_error_code(http::error::bad_method).category();
    if (gone || error == http::error::partial_message) return close();
    request_.head.method = Method::Get;
    respond(malformed(error), After::Close);
  }

  void respond(Response response, After after) {
    response_.emplace(static_cast<http::status>(response.status), 11);
    for (auto& [name, value] : response.headers) response_->set(name, value);
    if (!response.content_type.empty()) response_->set(http::field::content_type, response.content_type);
    response_->set("X-Content-Type-Options", "nosniff");
    response_->keep_alive(after == After::KeepAlive);
    const std::size_t size = response.body.size();
    if (request_.head.method != Method::Head) response_->body() = std::move(response.body);
    if (response.status != 204 && response.status != 304) response_->content_length(size);
    arm(core_.options.write_time);
    http::async_write(socket_, *response_, [self = shared_from_this(), after](const error_code& error, std::size_t) {
      if (error) return self->close();
      after == After::KeepAlive ? self->wait_for_request() : self->linger();
    });
  }

  /// Reads on for a while before closing: closing with unread bytes would reset the connection and could destroy the
  /// answer on its way.
  void linger() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    discard();
  }

  void discard() {
    socket_.async_read_some(asio::buffer(scrap_), [self = shared_from_this()](const error_code& error, std::size_t) {
      if (error) return self->close();
      self->discard();
    });
  }

  void start_stream(EventStream stream) {
    if (core_.open_streams >= core_.options.max_streams)
      return respond(problem(problems::kTooManyStreams, "try again later"), After::Close);
    streaming_ = true;
    ++core_.open_streams;
    core_.streams.emplace(stream.channel, weak_from_this());
    queue_.push_back(std::make_shared<const std::string>(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n"
        "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n\r\nretry: 2000\n\n"));
    for (const Event& event : stream.first) queue_.push_back(text_of(event));
    write_next_event();
    discard();  // notices when the client goes
  }

  void write_next_event() {
    if (queue_.empty()) return wait_for_heartbeat();
    heartbeat_.cancel();
    writing_ = std::move(queue_.front());
    queue_.pop_front();
    arm(core_.options.write_time);
    asio::async_write(socket_, asio::buffer(*writing_),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (error) return self->close();
                        self->writing_ = nullptr;
                        self->deadline_.cancel();
                        self->write_next_event();
                      });
  }

  void wait_for_heartbeat() {
    heartbeat_.expires_after(wall(core_.options.heartbeat));
    heartbeat_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
      const auto self = weak.lock();
      if (self != nullptr && !cancelled && self->writing_ == nullptr)
        self->push(std::make_shared<const std::string>(": nothing new\n\n"));
    });
  }

  Core& core_;
  tcp::socket socket_;
  asio::steady_timer deadline_;
  asio::steady_timer heartbeat_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  Request request_;
  std::array<char, 4096> scrap_{};
  bool streaming_ = false;
  std::deque<SharedText> queue_;
  SharedText writing_;
};

void Server::Core::accept() {
  accepting = open_connections < options.max_connections;
  if (!accepting) return;
  acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      std::make_shared<Connection>(*this, std::move(socket))->start();
      return accept();
    }
    // Out of file descriptors or the like: try again when that may have passed.
    retry.expires_after(std::chrono::milliseconds(100));
    retry.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Server::Core::connection_ended() {
  --open_connections;
  if (handler != nullptr && !accepting) accept();
}

void Server::Core::beat_again(const std::function<void()>& on_beat) {
  on_beat();
  beat.expires_after(wall(options.beat));
  beat.async_wait([this, &on_beat](const error_code& cancelled) {
    if (!cancelled) beat_again(on_beat);
  });
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(const ServerOptions& options) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  auto core = std::make_unique<Core>(options);
  error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return Error{where, "'" + options.host + "' is not an IP address"};
  const tcp::endpoint endpoint(address, options.port);
  core->acceptor.open(endpoint.protocol(), error);
  if (!error) core->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) core->acceptor.bind(endpoint, error);
  if (!error) core->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return Error{where, "cannot listen: " + error.message()};
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

std::uint16_t Server::port() const { return core_->acceptor.local_endpoint().port(); }

void Server::run(Handler& handler, const std::function<void()>& on_beat) {
  core_->handler = &handler;
  core_->accept();
  core_->beat_again(on_beat);
  core_->io.run();
  core_->handler = nullptr;
}

void Server::stop() { core_->io.stop(); }

void Server::publish(const std::string& channel, const Event& event) {
  const SharedText text = text_of(event);
  const auto [first, last] = core_->streams.equal_range(channel);
  for (auto it = first; it != last;) {
    if (const auto connection = it->second.lock()) {
      connection->push(text);
      ++it;
    } else {
      it = core_->streams.erase(it);
    }
  }
}

}  // namespace balans::api
