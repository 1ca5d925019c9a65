#include "tests/support/mosquitto.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace balans::test {
namespace {

using std::chrono::steady_clock;

constexpr std::array<const char*, 3> kProgramPlaces = {"/usr/sbin/mosquitto", "/usr/bin/mosquitto",
                                                       "/usr/local/sbin/mosquitto"};

std::optional<std::string> program() {
  for (const char* place : kProgramPlaces)
    if (::access(place, X_OK) == 0) return place;
  return std::nullopt;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool accepts(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return connected;
}

}  // namespace

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

bool Mosquitto::available() { return program().has_value(); }

Mosquitto::Mosquitto(const std::vector<std::string>& extra_config) {
  std::string pattern = (std::filesystem::temp_directory_path() / "balans-broker-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the broker");
  folder_ = pattern;
  // Another process may take the port before the broker does: then another port.
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = free_port();
    write_config(extra_config);
    if (launch()) return;
  }
  std::filesystem::remove_all(folder_);
  throw std::runtime_error("mosquitto does not start");
}

Mosquitto::~Mosquitto() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Mosquitto::write_config(const std::vector<std::string>& extra) const {
  std::ofstream config(folder_ / "mosquitto.conf");
  config << "listener " << port_ << " 127.0.0.1\n"
         << "persistence false\n"
         << "user root\n";  // started as root it would become another user, who may not read the folder
  bool says_who_may_connect = false;
  for (const std::string& line : extra) {
    config << line << "\n";
    says_who_may_connect = says_who_may_connect || line.starts_with("allow_anonymous");
  }
  if (!says_who_may_connect) config << "allow_anonymous true\n";
}

bool Mosquitto::launch() {
  const std::string path = program().value_or("mosquitto");
  const std::string config = (folder_ / "mosquitto.conf").string();
  const std::string log = (folder_ / "mosquitto.log").string();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // the broker never outlives the test
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execl(path.c_str(), path.c_str(), "-v", "-c", config.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  return wait_until_it_accepts();
}

bool Mosquitto::wait_until_it_accepts() {
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  while (steady_clock::now() < deadline) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    if (accepts(port_)) return true;
    ::poll(nullptr, 0, 20);  // the broker does not say when it is ready
  }
  kill();
  return false;
}

void Mosquitto::start() {
  if (pid_ < 0 && !launch()) throw std::runtime_error("mosquitto does not start again");
}

void Mosquitto::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Mosquitto::freeze() {
  if (pid_ >= 0) ::kill(pid_, SIGSTOP);
}

void Mosquitto::thaw() {
  if (pid_ >= 0) ::kill(pid_, SIGCONT);
}

std::string Mosquitto::log() const {
  std::ifstream file(folder_ / "mosquitto.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace balans::test
