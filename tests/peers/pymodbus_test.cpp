// pymodbus, which shares no code with ours, as client of our servers and as server for our client.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "common/io/modbus/client.hpp"
#include "common/io/modbus/serial_server.hpp"
#include "common/io/modbus/server.hpp"
#include "tests/common/io/modbus/bank.hpp"
#include "tests/peers/program.hpp"
#include "tests/support/pty.hpp"

namespace balans {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::uint16_t>;

constexpr int kNotUsable = 77;  // what the scripts say without pymodbus

/// Two serial lines, each the other's far end.
class PtyPair {
 public:
  PtyPair() {
    if (there()) copier_ = std::jthread([this](const std::stop_token& stop) { copy(stop); });
  }
  [[nodiscard]] bool there() const { return one_.there() && other_.there(); }
  [[nodiscard]] const std::string& one() const { return one_.name(); }
  [[nodiscard]] const std::string& other() const { return other_.name(); }

 private:
  void copy(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd fds[2] = {{one_.master(), POLLIN, 0}, {other_.master(), POLLIN, 0}};
      if (::poll(fds, 2, 20) <= 0) continue;
      for (int i : {0, 1}) {
        std::uint8_t buffer[512];
        const ssize_t got = (fds[i].revents & POLLIN) != 0 ? ::read(fds[i].fd, buffer, sizeof buffer) : 0;
        if (got > 0) (void)!::write(fds[1 - i].fd, buffer, static_cast<std::size_t>(got));
      }
    }
  }
  test::Pty one_;
  test::Pty other_;
  std::jthread copier_;
};

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

class Pymodbus : public testing::Test {
 protected:
  void SetUp() override {
    python_ = test::Program::find("python3");
    if (!python_) GTEST_SKIP() << "python3 is not installed";
    bank_.put(ReadFunction::HoldingRegisters, 10, {1234, 65535});
    bank_.put(ReadFunction::InputRegisters, 52, {0x4366, 0x8000});
    bank_.put(ReadFunction::Coils, 3, {1, 0, 1});
  }
  [[nodiscard]] std::vector<std::string> command(const char* script, const char* kind, const std::string& place) const {
    return {*python_, std::string("tests/peers/") + script, kind, place};
  }
  void ask_our_server(const char* kind, const std::string& place) {
    test::Program peer(command("pymodbus_client.py", kind, place));
    const auto code = peer.wait();
    if (code == kNotUsable) GTEST_SKIP() << peer.output();
    EXPECT_EQ(code, 0) << peer.output();
  }
  void expect_written() {
    EXPECT_EQ(*bank_.read(ReadFunction::HoldingRegisters, 7, 10, 2), (Words{5, 6}));
    EXPECT_EQ(*bank_.read(ReadFunction::Coils, 7, 3, 3), (Words{0, 1, 1}));
  }
  void ask_our_line(const char* kind, Framing framing) {
    const auto server = ModbusSerialServer::start({{7, &bank_}}, {}, framing);
    if (!server) GTEST_SKIP() << "no pseudo-terminals here";
    ask_our_server(kind, (*server)->device());
    if (!IsSkipped()) (*server)->locked([this] { expect_written(); });
  }
  void ask_its_line(const char* kind, Framing framing) {
    const PtyPair line;
    if (!line.there()) GTEST_SKIP() << "no pseudo-terminals here";
    test::Program peer(command("pymodbus_server.py", kind, line.other()));
    ask_its_server(peer, ModbusSerialEndpoint{line.one(), {19200, 8, 'N', 1, framing}});
  }
  void ask_its_server(test::Program& peer, const ModbusEndpoint& endpoint) {
    ModbusClientOptions options;
    options.name = "peer";
    options.endpoint = endpoint;
    options.response_timeout = 500ms;
    ModbusClient client(options);
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (peer.running() && !client.read(ReadFunction::HoldingRegisters, 7, 0, 1)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << peer.output();
      ::poll(nullptr, 0, 20);  // it does not say when it is ready
    }
    if (!peer.running() && peer.wait() == kNotUsable) GTEST_SKIP() << peer.output();
    ASSERT_TRUE(peer.running()) << peer.output();
    read_everything(client);
    write_everything(client);
  }
  static void read_everything(ModbusClient& client) {
    EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 7, 10, 3), (Words{30, 33, 36}));
    EXPECT_EQ(*client.read(ReadFunction::InputRegisters, 7, 10, 2), (Words{50, 55}));
    EXPECT_EQ(*client.read(ReadFunction::Coils, 7, 3, 10), (Words{1, 0, 0, 1, 0, 0, 1, 0, 0, 1}));
    EXPECT_EQ(*client.read(ReadFunction::DiscreteInputs, 7, 1, 3), (Words{0, 0, 1}));
    EXPECT_EQ(client.read(ReadFunction::HoldingRegisters, 7, 0, 125)->size(), 125U);
    const auto refused = client.read(ReadFunction::HoldingRegisters, 7, 5000, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "Illegal data address");
  }
  static void write_everything(ModbusClient& client) {
    EXPECT_TRUE(client.write(WriteFunction::Register, 7, 20, Words{16}));
    EXPECT_TRUE(client.write(WriteFunction::Registers, 7, 21, Words{1, 2, 3}));
    EXPECT_TRUE(client.write(WriteFunction::Coil, 7, 20, Words{1}));
    EXPECT_TRUE(client.write(WriteFunction::Coils, 7, 21, Words{1, 1, 0}));
    EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 7, 20, 4), (Words{16, 1, 2, 3}));
    EXPECT_EQ(*client.read(ReadFunction::Coils, 7, 20, 4), (Words{1, 1, 1, 0}));
  }

  std::optional<std::string> python_;
  Bank bank_;
};

TEST_F(Pymodbus, AsksOurTcpServer) {
  const auto server = ModbusTcpServer::start({}, {{7, &bank_}});
  ASSERT_TRUE(server) << server.error().message();
  ask_our_server("tcp", std::to_string((*server)->port()));
  if (!IsSkipped()) (*server)->locked([this] { expect_written(); });
}

TEST_F(Pymodbus, AsksOurRtuServer) { ask_our_line("rtu", Framing::Rtu); }
TEST_F(Pymodbus, AsksOurAsciiServer) { ask_our_line("ascii", Framing::Ascii); }

TEST_F(Pymodbus, AnswersOurTcpClient) {
  const std::uint16_t port = free_port();
  test::Program peer(command("pymodbus_server.py", "tcp", std::to_string(port)));
  ask_its_server(peer, ModbusTcpEndpoint{"127.0.0.1", port});
}

TEST_F(Pymodbus, AnswersOurRtuClient) { ask_its_line("rtu", Framing::Rtu); }
TEST_F(Pymodbus, AnswersOurAsciiClient) { ask_its_line("ascii", Framing::Ascii); }

}  // namespace
}  // namespace balans
