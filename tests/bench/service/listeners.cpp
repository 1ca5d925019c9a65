#include "tests/bench/service/listeners.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "tests/bench/field/usage.hpp"

namespace balans::bench {
namespace {

class Listener {
 public:
  explicit Listener(const ApiProcess& api) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(api.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      give_up("a listener cannot connect");
    const std::string request = fmt::format(
        "GET /v1/sites/{}/live HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\r\n", site_name(0), api.token());
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      give_up("a listener cannot ask");
  }
  Listener(Listener&& other) noexcept : socket_(std::exchange(other.socket_, -1)), read_(std::move(other.read_)) {}
  Listener& operator=(Listener&&) = delete;
  ~Listener() {
    if (socket_ >= 0) ::close(socket_);
  }
  /// Reads on up to that text and forgets it.
  void read_until(const std::string& text) {
    std::size_t found = 0;
    while ((found = read_.find(text)) == std::string::npos) {
      char chunk[16384];
      const ssize_t count = ::recv(socket_, chunk, sizeof chunk, 0);
      if (count <= 0) give_up("a listener is cut off: " + read_);
      read_.append(chunk, static_cast<std::size_t>(count));
    }
    read_.erase(0, found + text.size());
  }

 private:
  int socket_;
  std::string read_;
};

void allow_files(int count) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, static_cast<rlim_t>(count) + 100);
  if (setrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < static_cast<rlim_t>(count))
    give_up("too few file descriptors are allowed here");
}

}  // namespace

ListenerFigures measure_listeners(const ApiProcess& api, int count) {
  allow_files(count);
  std::vector<Listener> listeners;
  for (int i = 0; i < count; ++i) listeners.emplace_back(api);
  for (Listener& listener : listeners) listener.read_until("\r\n\r\n");
  HttpClient client;
  std::vector<double> times;
  for (std::int64_t round = 1; round <= 21; ++round) {
    TrafoState state;
    state.site = *SiteId::parse(site_name(0));
    state.at = UnixTime(1'760'000'000'000 + round);
    state.rated_va = 400'000;
    const auto request = signed_request(api.url(""), fmt::format("/v1/sites/{}/state", site_name(0)), encode(state));
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = client.send(request);
    if (!answer.ok() || answer->status != 204)
      give_up("a state is not taken: " + (answer.ok() ? answer->body : answer.error().message()));
    for (Listener& listener : listeners) listener.read_until(fmt::format("\"at_ms\":{}", state.at.ms()));
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  std::sort(times.begin(), times.end());
  const auto memory = memory_of(api.id());
  return {count, times[times.size() / 2], memory ? memory->resident_kb : 0};
}

}  // namespace balans::bench
