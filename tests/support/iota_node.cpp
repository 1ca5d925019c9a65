#include "tests/support/iota_node.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace balans::test {
namespace {

using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(30);
const std::string kProgram = BALANS_SOURCE_DIR "/tests/iota_node/node.mjs";

void install() {
  static const int outcome = std::system("bash " BALANS_SOURCE_DIR "/tests/iota_node/install.sh");
  if (outcome != 0) throw std::runtime_error("the stand-in for an IOTA node cannot be installed");
}

/// In the child: everything that was open in the test stays with it.
[[noreturn]] void become_node(const std::vector<std::string>& arguments, int out, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // the node never outlives the test
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(out, STDOUT_FILENO);
  std::vector<char*> texts;
  texts.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) texts.push_back(const_cast<char*>(argument.c_str()));
  texts.push_back(nullptr);
  ::execvp("node", texts.data());
  ::_exit(127);
}

}  // namespace

IotaNode::IotaNode(std::vector<std::string> options) : options_(std::move(options)) {
  install();
  launch();
}

IotaNode::~IotaNode() { kill(); }

void IotaNode::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void IotaNode::start() {
  if (pid_ < 0) launch();
}

void IotaNode::launch() {
  const std::string port = url_.empty() ? "0" : url_.substr(url_.rfind(':') + 1);
  std::vector<std::string> arguments{"node", kProgram, "--faucet", "--port", port, "--state", folder_ / "chain"};
  arguments.insert(arguments.end(), options_.begin(), options_.end());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become_node(arguments, ends[1], parent);
  ::close(ends[1]);
  const std::string line = first_line(ends[0]);
  ::close(ends[0]);
  if (line.empty()) {
    kill();
    throw std::runtime_error("the stand-in for an IOTA node does not start");
  }
  const boost::json::value said = boost::json::parse(line);
  url_ = said.at("rpc").as_string();
  chain_ = said.at("chain").as_string();
  genesis_ = said.at("genesis").as_string();
  faucet_ = said.at("faucet").as_string();
}

/// Empty where it ends before, or says nothing.
std::string IotaNode::first_line(int out) const {
  const auto deadline = steady_clock::now() + kPatience;
  std::string line;
  std::array<char, 512> chunk{};
  while (line.find('\n') == std::string::npos) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    pollfd ready{out, POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0) return "";
    const ssize_t size = ::read(out, chunk.data(), chunk.size());
    if (size <= 0) return "";
    line.append(chunk.data(), static_cast<std::size_t>(size));
  }
  return line.substr(0, line.find('\n'));
}

int IotaNode::post(const std::string& path, const std::string& body, std::string& answer) {
  const auto response = http_.send({HttpMethod::Post, url_ + path, {{"Content-Type", "application/json"}}, body});
  if (!response) throw std::runtime_error(path + ": " + response.error().message());
  answer = response->body;
  return response->status;
}

void IotaNode::control(const std::string& json) {
  std::string answer;
  if (post("/control", json, answer) != 200) throw std::runtime_error("/control: " + answer);
}

void IotaNode::fund(const std::string& address, std::uint64_t nanos) {
  std::string answer;
  const std::string body = R"({"recipient":")" + address + R"(","nanos":")" + std::to_string(nanos) + "\"}";
  if (post("/faucet", body, answer) != 200) throw std::runtime_error("/faucet: " + answer);
}

bool IotaNode::spend(const std::string& private_key, const std::string& to, std::uint64_t nanos, std::uint64_t skip) {
  std::string answer;
  return post("/spend",
              R"({"secret":")" + private_key + R"(","recipient":")" + to + R"(","nanos":")" + std::to_string(nanos) +
                  R"(","skip":)" + std::to_string(skip) + "}",
              answer) == 200;
}

}  // namespace balans::test
