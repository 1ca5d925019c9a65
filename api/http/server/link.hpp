#pragma once
// A connection's bytes, with or without TLS. Part of server.cpp.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace balans::api {

/// What Asio calls an asynchronous stream. Which kind it is shows at run time, so the code above it is made once.
class Link {
 public:
  using tcp = boost::asio::ip::tcp;
  using executor_type = tcp::socket::executor_type;
  using Tls = std::shared_ptr<boost::asio::ssl::context>;

  Link(tcp::socket socket, Tls tls) : socket_(std::move(socket)), context_(std::move(tls)) {
    if (context_) stream_.emplace(socket_, *context_);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  tcp::socket& socket() { return socket_; }
  [[nodiscard]] bool is_encrypted() const { return stream_.has_value(); }

  template <class Buffers, class Done>
  void async_read_some(const Buffers& buffers, Done&& done) {
    if (stream_)
      stream_->async_read_some(buffers, std::forward<Done>(done));
    else
      socket_.async_read_some(buffers, std::forward<Done>(done));
  }

  template <class Buffers, class Done>
  void async_write_some(const Buffers& buffers, Done&& done) {
    if (stream_)
      stream_->async_write_some(buffers, std::forward<Done>(done));
    else
      socket_.async_write_some(buffers, std::forward<Done>(done));
  }

  /// Only where it is encrypted.
  template <class Done>
  void handshake(Done&& done) {
    stream_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Done>(done));
  }

  /// What has been decrypted and not read yet: the socket would not announce it.
  [[nodiscard]] bool holds_more() { return stream_ && SSL_pending(stream_->native_handle()) > 0; }

  /// Says that nothing more is sent.
  template <class Done>
  void finish_writing(Done&& done) {
    if (stream_) return stream_->async_shutdown(std::forward<Done>(done));
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    done(ignored);
  }

  void close() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
  Tls context_;  ///< of before a reload, perhaps
  std::optional<boost::asio::ssl::stream<tcp::socket&>> stream_;
};

}  // namespace balans::api
