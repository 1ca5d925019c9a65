// The only file that knows Boost.Beast and Boost.Asio, with the parts in server/: callbacks, one thread, one object per
// connection.
#include "api/http/server.hpp"

#include <netinet/tcp.h>

#include <boost/asio/post.hpp>

#include "api/http/server/connection_members.hpp"

namespace balans::api {

using boost::system::error_code;
using tcp = asio::ip::tcp;

bool Server::Core::has_room() const {
  return !draining && (connections.size() < options.max_connections || !for_requests.empty());
}

/// Waits until somebody is there and only then looks whether there is room: whoever has to wait does so in the backlog.
void Server::Core::accept() {
  accepting = has_room();
  if (!accepting) return;
  acceptor.async_wait(tcp::acceptor::wait_read, [this](const error_code& failed) {
    if (draining || failed == asio::error::operation_aborted) return;
    if (!has_room()) {
      accepting = false;
      return;
    }
    tcp::socket socket(io);
    error_code error = failed;
    if (!error) acceptor.accept(socket, error);
    if (!error) begin(std::move(socket));
    if (!error || error == asio::error::would_block) return accept();
    // Out of file descriptors or the like: try again when that may have passed.
    retry.expires_after(std::chrono::milliseconds(100));
    retry.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Server::Core::begin(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const int longest = static_cast<int>(options.write_time.count());  // ms; who has vanished does not stay
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &longest, sizeof longest);
  if (connections.size() >= options.max_connections) give_up_first(for_requests);
  std::unique_lock lock(tls_mutex);
  const auto certificate = tls;
  lock.unlock();
  ++counts.accepted;
  std::make_shared<Connection>(*this, std::move(socket), certificate)->start();
}

void Server::Core::give_up_first(const Waiting& waiting) {
  if (waiting.empty()) return;
  ++counts.timeouts;
  // Its handlers hold it, and close it in their turn.
  waiting.begin()->second->close();
}

void Server::Core::connection_began(Connection& connection) {
  connections.insert(&connection);
  ++counts.connections;
}

void Server::Core::connection_ended(Connection& connection) {
  connections.erase(&connection);
  --counts.connections;
  if (handler == nullptr) return;
  if (draining && connections.empty()) return io.stop();
  if (!accepting) accept();
}

void Server::Core::beat_again(const std::function<void()>& on_beat) {
  on_beat();
  beat.expires_after(wall(options.beat));
  beat.async_wait([this, &on_beat](const error_code& cancelled) {
    if (!cancelled) beat_again(on_beat);
  });
}

void Server::Core::drain() {
  if (draining) return;
  draining = true;
  error_code ignored;
  acceptor.close(ignored);
  if (connections.empty()) return io.stop();
  last_moment.expires_after(wall(options.drain_time));
  last_moment.async_wait([this](const error_code&) { io.stop(); });
  const auto all = connections;  // some end while they are told
  for (Connection* connection : all)
    if (connections.contains(connection)) connection->drain();
}

void Server::Core::publish(const std::string& channel, const EventText& text) {
  const auto found = listeners.find(channel);
  if (found == listeners.end()) return;
  for (Connection* connection : found->second) connection->push(text);
}

Result<void> Server::Core::read_certificate() {
  namespace ssl = asio::ssl;
  const auto fresh = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  // Asio takes the options as a long, which on 32-bit machines would set what OpenSSL has above them.
  SSL_CTX_set_options(fresh->native_handle(), SSL_OP_ALL | SSL_OP_NO_SSLv2 | SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 |
                                                  SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(fresh->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle listeners hold no buffers
  const auto fail = [&error](const std::filesystem::path& file) { return Error{file.string(), error.message()}; };
  fresh->use_certificate_chain_file(options.tls->certificate.string(), error);
  if (error) return fail(options.tls->certificate);
  fresh->use_private_key_file(options.tls->key.string(), ssl::context::pem, error);
  if (error) return fail(options.tls->key);
  if (SSL_CTX_check_private_key(fresh->native_handle()) != 1)
    return Error{options.tls->key.string(), "does not belong to the certificate"};
  const std::lock_guard lock(tls_mutex);
  tls = fresh;
  return {};
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(const ServerOptions& options) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  auto core = std::make_unique<Core>(options);
  error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return Error{where, "'" + options.host + "' is not an IP address"};
  if (options.tls)
    if (const auto read = core->read_certificate(); !read) return read.error();
  const tcp::endpoint endpoint(address, options.port);
  core->acceptor.open(endpoint.protocol(), error);
  if (!error) core->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) core->acceptor.bind(endpoint, error);
  if (!error) core->acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) core->acceptor.non_blocking(true, error);
  if (!error) core->options.port = core->acceptor.local_endpoint(error).port();
  if (error) return Error{where, "cannot listen: " + error.message()};
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

std::uint16_t Server::port() const { return core_->options.port; }

void Server::run(Handler& handler, const std::function<void()>& on_beat) {
  core_->handler = &handler;
  core_->accept();
  core_->beat_again(on_beat);
  core_->io.run();
  core_->handler = nullptr;
}

void Server::stop() {
  asio::post(core_->io, [this] { core_->drain(); });
}

Result<void> Server::reload_certificate() { return core_->options.tls ? core_->read_certificate() : Result<void>(); }

void Server::publish(const std::string& channel, const EventText& event) {
  asio::post(core_->io, [this, channel, event] { core_->publish(channel, event); });
}

const ServerCounts& Server::counts() const { return core_->counts; }

}  // namespace balans::api
