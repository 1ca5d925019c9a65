#pragma once
// The members of Connection. Part of server.cpp, which alone includes it.

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <iterator>

#include "api/http/server/connection.hpp"

namespace balans::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;

Connection::Connection(Server::Core& core, Link::tcp::socket socket, Link::Tls tls)
    : core_(core),
      link_(std::move(socket), std::move(tls)),
      deadline_(link_.get_executor()),
      heartbeat_(link_.get_executor()) {
  core_.connection_began(*this);
  now_waits(Waits::ForRequest);
}

Connection::~Connection() {
  now_waits(Waits::No);
  let_go_of_body();
  if (channel_) {
    --core_.counts.streams;
    if (places_ == StreamPlaces::Shared) --core_.shared_streams;
    const auto listeners = core_.listeners.find(*channel_);
    listeners->second.erase(this);
    if (listeners->second.empty()) core_.listeners.erase(listeners);
  }
  core_.connection_ended(*this);
}

void Connection::start() {
  if (!link_.is_encrypted()) return read_head();
  arm(core_.options.header_time);
  link_.handshake([self = shared_from_this()](const error_code& error) {
    if (!error) return self->read_head();
    ++self->core_.counts.failed_handshakes;
    self->close();
  });
}

void Connection::push(const EventText& text) {
  if (ending_) return;
  if (allowed_ && !allowed_())
    return end_stream({"closing", R"({"reason":"this listener may not listen any longer"})"});
  const ServerOptions& most = core_.options;
  if (queue_.size() >= most.max_queued_events ||
      (!queue_.empty() && queued_bytes_ + text->size() > most.max_queued_bytes)) {
    ++core_.counts.dropped_streams;
    return end_stream({"dropped", R"({"reason":"too slow: more events were waiting than are kept; connect again"})"});
  }
  queue_.push_back(text);
  queued_bytes_ += text->size();
  if (writing_ == nullptr) write_next_event();
}

void Connection::drain() {
  if (channel_) return end_stream({"closing", R"({"reason":"the server is stopping; connect again"})"});
  after_ = After::Close;
  if (idle_) close();
}

void Connection::arm(Millis time) {
  deadline_.expires_after(wall(time));
  deadline_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    const auto self = weak.lock();
    if (self == nullptr || cancelled) return;
    if (self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
    if (!self->idle_) ++self->core_.counts.timeouts;
    self->close();
  });
}

/// Who keeps the server waiting is known to it, with how long.
void Connection::now_waits(Waits what) {
  if (waits_ != Waits::No) waiting().erase({since_, this});
  waits_ = what;
  since_ = std::chrono::steady_clock::now();
  if (waits_ != Waits::No) waiting().insert({since_, this});
}

void Connection::close() {
  ending_ = true;
  if (waits_ == Waits::ForBody) let_go_of_body();
  now_waits(Waits::No);
  link_.close();
  deadline_.cancel();
  heartbeat_.cancel();
}

/// Idle time runs until the first byte of a request, header time from there, so that nobody holds a connection by
/// sending a header byte now and then.
void Connection::wait_for_request() {
  if (buffer_.size() > 0 || link_.holds_more()) return read_head();
  buffer_.shrink_to_fit();
  idle_ = true;
  now_waits(Waits::ForRequest);
  if (!core_.accepting) core_.accept();  // there is somebody who can make room now
  arm(core_.options.idle_time);
  link_.socket().async_wait(Link::tcp::socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->idle_ = false;
    if (error) return self->close();
    self->read_head();
  });
}

void Connection::read_head() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(core_.options.max_header_bytes));
  parser_->body_limit(boost::none);  // the route decides once it is known
  now_waits(Waits::ForRequest);
  arm(core_.options.header_time);
  http::async_read_header(link_, buffer_, *parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->read_failed(error);
    self->admit();
  });
}

/// An IPv6 network is one neighbour: whoever has one address of it has all.
inline std::string peer_of(const Link::tcp::socket& socket) {
  constexpr std::size_t kNetworkBytes = 8;
  boost::system::error_code gone;
  const auto address = socket.remote_endpoint(gone).address();
  if (gone) return "";
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(bytes).to_string();
}

void Connection::admit() {
  request_.head = head_of(parser_->get());
  request_.head.peer = peer_of(link_.socket());
  method_ = request_.head.method;
  auto admitted = core_.handler->admit(request_.head);
  if (auto* refused = std::get_if<Response>(&admitted))
    return respond(std::move(*refused), parser_->is_done() && parser_->keep_alive() ? After::KeepAlive : After::Close);
  const std::size_t limit = std::get<BodyLimit>(admitted).bytes;
  if (const auto length = parser_->content_length(); length && *length > limit)
    return respond(problem(problems::kTooLarge,
                           std::to_string(*length) + " bytes, at most " + std::to_string(limit) + " are taken"),
                   After::Close);
  parser_->body_limit(limit);
  if (request_.head.header("expect") == "100-continue") return say_continue();
  read_body();
}

void Connection::say_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(link_, asio::buffer(kContinue), [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->close();
    self->read_body();
  });
}

void Connection::read_body() {
  now_waits(Waits::ForBody);
  arm(core_.options.body_time);
  parser_->eager(true);
  read_more_of_body();
}

void Connection::read_more_of_body() {
  if (parser_->is_done()) return ask_handler();
  http::async_read_some(link_, buffer_, *parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->read_failed(error);
    if (!self->hold(self->parser_->get().body().size()))
      return self->respond(problem(problems::kBusy, "too many requests are here already"), After::Close);
    self->read_more_of_body();
  });
}

/// All bodies together have a limit. Beyond it, whoever has been sending longest is given up: a few slow ones hold
/// nobody up.
bool Connection::hold(std::size_t bytes) {
  core_.body_bytes += bytes - held_;
  held_ = bytes;
  while (core_.body_bytes > core_.options.max_body_bytes) {
    if (core_.for_bodies.empty() || core_.for_bodies.begin()->second == this) return false;
    core_.give_up_first(core_.for_bodies);
  }
  return true;
}

void Connection::let_go_of_body() { core_.body_bytes -= std::exchange(held_, 0); }

void Connection::ask_handler() {
  now_waits(Waits::No);
  after_ = parser_->keep_alive() && !core_.draining ? After::KeepAlive : After::Close;
  request_.body = std::move(parser_->get().body());
  request_.is_encrypted = link_.is_encrypted();
  arm(core_.options.answer_time);
  core_.handler->handle(std::exchange(request_, {}), [lent = lend()](Answer answer) {
    asio::dispatch(lent->core_.io, [self = lent->shared_from_this(), given = std::move(answer)]() mutable {
      self->take_answer(std::move(given));
    });
  });
}

/// For other threads: where one of them lets go last, the connection still ends on its own.
std::shared_ptr<Connection> Connection::lend() {
  return {this, [self = shared_from_this()](Connection*) mutable {
            asio::io_context& io = self->core_.io;
            asio::post(io, [last = std::move(self)] {});
          }};
}

void Connection::take_answer(Answer answer) {
  if (ending_) return;
  if (auto* stream = std::get_if<EventStream>(&answer)) return start_stream(std::move(*stream));
  respond(std::get<Response>(std::move(answer)), after_);
}

void Connection::read_failed(const error_code& error) {
  const bool gone = error == http::error::end_of_stream ||
                    error.category() != http::make_error_code(http::error::bad_method).category();
  if (gone || error == http::error::partial_message) return close();
  method_ = Method::Get;
  respond(malformed(error), After::Close);
}

void Connection::respond(Response response, After after) {
  now_waits(Waits::No);
  let_go_of_body();
  parser_.reset();
  response_.emplace(static_cast<http::status>(response.status), 11);
  for (auto& [name, value] : response.headers) response_->insert(name, value);
  if (!response.content_type.empty()) response_->set(http::field::content_type, response.content_type);
  response_->set("X-Content-Type-Options", "nosniff");
  response_->keep_alive(after == After::KeepAlive);
  const std::size_t size = response.body.size();
  if (method_ != Method::Head) response_->body() = std::move(response.body);
  if (response.status != 204 && response.status != 304) response_->content_length(size);
  after_ = after;
  arm(core_.options.write_time);
  http::async_write(link_, *response_, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->close();
    self->response_.reset();
    self->after_ == After::KeepAlive ? self->wait_for_request() : self->linger();
  });
}

/// Reads on for a while before closing: closing with unread bytes would reset the connection and could destroy the
/// answer on its way.
void Connection::linger() {
  ending_ = true;
  if (channel_ && link_.is_encrypted()) return close();  // TLS cannot say goodbye while it reads
  arm(core_.draining ? core_.options.drain_time : core_.options.write_time);
  link_.finish_writing([self = shared_from_this()](const error_code& error) {
    if (error || self->core_.draining) return self->close();
    if (!self->channel_) self->discard();  // a stream does so from its start
  });
}

void Connection::discard() {
  static std::array<char, 4096> scrap;  // nobody reads it
  link_.async_read_some(asio::buffer(scrap), [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->close();
    self->discard();
  });
}

/// A channel with places of its own always has one for whoever comes: a listener whose line went dead is still there.
bool Connection::has_place(const EventStream& stream) {
  if (stream.places == StreamPlaces::Shared) return core_.shared_streams < core_.options.max_streams;
  const auto found = core_.listeners.find(stream.channel);
  if (found == core_.listeners.end()) return true;
  std::vector<Connection*> open;
  std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(open),
               [](const Connection* other) { return !other->ending_; });
  if (open.size() < core_.options.max_streams_of_a_channel) return true;
  const auto oldest = std::min_element(open.begin(), open.end(),
                                       [](const Connection* a, const Connection* b) { return a->since_ < b->since_; });
  (*oldest)->end_stream({"closing", R"({"reason":"others listen in this one's place"})"});
  return true;
}

void Connection::start_stream(EventStream stream) {
  if (method_ == Method::Head) return respond({200, "text/event-stream", {}, ""}, After::Close);
  if (!has_place(stream)) return respond(problem(problems::kTooManyStreams, "try again later"), After::Close);
  let_go_of_body();
  channel_ = stream.channel;
  places_ = stream.places;
  allowed_ = std::move(stream.allowed);
  ++core_.counts.streams;
  if (places_ == StreamPlaces::Shared) ++core_.shared_streams;
  core_.listeners[*channel_].insert(this);
  parser_.reset();
  buffer_ = {};
  std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n"
      "X-Accel-Buffering: no\r\nX-Content-Type-Options: nosniff\r\n";
  for (const auto& [name, value] : stream.headers) head += name + ": " + value + "\r\n";
  queue_.push_back(std::make_shared<const std::string>(head + "\r\nretry: 2000\n\n"));
  for (const EventText& text : stream.first) queue_.push_back(text);
  for (const EventText& text : queue_) queued_bytes_ += text->size();
  write_next_event();
  discard();  // notices when the client goes
}

/// What waits is given up; `last` is the last that this listener gets.
void Connection::end_stream(const Event& last) {
  if (ending_) return;
  ending_ = true;
  queue_.assign(1, event_text(last));
  queued_bytes_ = queue_.front()->size();
  if (writing_ == nullptr) write_next_event();
}

void Connection::write_next_event() {
  if (queue_.empty()) return ending_ ? linger() : wait_for_heartbeat();
  heartbeat_.cancel();
  writing_ = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= writing_->size();
  arm(core_.options.write_time);
  asio::async_write(link_, asio::buffer(*writing_), [self = shared_from_this()](const error_code& error, std::size_t) {
    if (error) return self->close();
    self->writing_ = nullptr;
    self->deadline_.cancel();
    self->write_next_event();
  });
}

void Connection::wait_for_heartbeat() {
  heartbeat_.expires_after(wall(core_.options.heartbeat));
  heartbeat_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    const auto self = weak.lock();
    if (self == nullptr || cancelled || self->writing_ != nullptr) return;
    self->push(std::make_shared<const std::string>(": nothing new\n\n"));
  });
}

}  // namespace balans::api
