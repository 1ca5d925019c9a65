#include "tests/bench/field/fleet.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace balans::bench {
namespace {

std::string whole(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool accepts(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool open = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return open;
}

constexpr std::chrono::milliseconds kPatience{30'000};

}  // namespace

bool wait_for(std::chrono::milliseconds most, const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Result<std::unique_ptr<sim::Child>> Fleet::start(const std::string& name, std::vector<std::string> arguments,
                                                 sim::ChildInput input) {
  return sim::Child::start({name, std::move(arguments), log(name), plan_.folder / (name + ".err"), input});
}

std::size_t Fleet::count(const std::string& file, const std::string& word) const {
  const std::string text = whole(plan_.folder / file);
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) ++found;
  return found;
}

Result<void> Fleet::start_broker() {
  auto broker = start("broker", {"mosquitto", "-c", plan_.broker_config().string()});
  if (!broker) return broker.error();
  broker_ = std::move(*broker);
  if (!wait_for(kPatience, [&] { return accepts(plan_.broker_port); }))
    return Error{"broker", whole(plan_.folder / "broker.err")};
  return {};
}

Result<void> Fleet::start_bare() {
  const std::string port = std::to_string(plan_.broker_port);
  const std::string tls = (plan_.folder / "tls").string();
  std::filesystem::remove(log("bare-controller"));  // of an earlier start, with another key
  for (std::size_t i = 0; i < plan_.chargers; ++i) std::filesystem::remove(log("bare-" + FieldPlan::name_of(i)));
  auto publisher = start(
      "bare-controller",
      {program("balans_bare"), "publish", port, tls, std::to_string(plan_.chargers), std::to_string(plan_.meter_port)},
      sim::ChildInput::Pipe);
  if (!publisher) return publisher.error();
  controller_ = std::move(*publisher);
  std::string key;
  const auto said_its_key = [&] {
    key = whole(log("bare-controller"));
    return key.size() > 64;
  };
  if (!wait_for(kPatience, said_its_key)) return Error{"bare-controller", "does not say its key"};
  key.resize(64);
  for (std::size_t i = 0; i < plan_.chargers; ++i) {
    const std::string name = FieldPlan::name_of(i);
    auto agent = start("bare-" + name, {program("balans_bare"), "subscribe", port, tls, name, key,
                                        std::to_string(plan_.charger_port), std::to_string(Hardware::unit_of(i))});
    if (!agent) return agent.error();
    agents_.push_back(std::move(*agent));
  }
  for (std::size_t i = 0; i < plan_.chargers; ++i)
    if (const std::string name = "bare-" + FieldPlan::name_of(i);
        !wait_for(kPatience, [&] { return count(name + ".log", "ready") == 1; }))
      return Error{name, "does not become ready: " + whole(plan_.folder / (name + ".err"))};
  return {};
}

Result<void> Fleet::start_controller() {
  auto trafo = start("trafo", {program("balans-trafo"), "--config", plan_.site_config().string()});
  if (!trafo) return trafo.error();
  controller_ = std::move(*trafo);
  return {};
}

Result<void> Fleet::start_balans() {
  for (std::size_t i = 0; i < plan_.chargers; ++i) {
    auto agent =
        start(FieldPlan::name_of(i), {program("balans-chargepoint"), "--config", plan_.agent_config(i).string()});
    if (!agent) return agent.error();
    agents_.push_back(std::move(*agent));
  }
  return start_controller();
}

void Fleet::stop_programs() {
  controller_.reset();
  agents_.clear();
}

std::vector<pid_t> Fleet::agents() const {
  std::vector<pid_t> pids;
  for (const auto& agent : agents_) pids.push_back(agent->pid());
  return pids;
}

}  // namespace balans::bench
