#include "common/io/modbus/client.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "common/io/modbus/server.hpp"
#include "tests/common/io/modbus/bank.hpp"

namespace balans {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;
using Words = std::vector<std::uint16_t>;

class ModbusTcp : public testing::Test {
 protected:
  void SetUp() override {
    bank_.put(ReadFunction::Coils, 0, {1, 0, 1, 1, 0, 0, 0, 0, 1, 0});
    bank_.put(ReadFunction::DiscreteInputs, 5, {0, 1});
    bank_.put(ReadFunction::HoldingRegisters, 100, Words(125, 7));
    bank_.put(ReadFunction::InputRegisters, 52, {0x4366, 0x8000});
    bank_.put(ReadFunction::InputRegisters, 60, {60});
    start(0);
  }

  void start(std::uint16_t port) {
    ModbusTcpServerOptions options;
    options.port = port;
    auto server = ModbusTcpServer::start(options, {{1, &bank_}}, [this](auto, auto, std::uint16_t address, auto words) {
      written_.emplace_back(address, Words(words.begin(), words.end()));
    });
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = *std::move(server);
  }

  [[nodiscard]] ModbusClientOptions options() const {
    ModbusClientOptions options;
    options.name = "meter";
    options.endpoint = ModbusTcpEndpoint{"127.0.0.1", server_->port()};
    options.response_timeout = 2000ms;
    options.back_off_min = 1ms;
    options.back_off_max = 4ms;
    return options;
  }
  [[nodiscard]] ModbusClientOptions impatient() const {
    ModbusClientOptions result = options();
    result.response_timeout = 60ms;
    return result;
  }
  [[nodiscard]] std::string endpoint() const { return "meter 127.0.0.1:" + std::to_string(server_->port()); }

  Bank bank_;
  std::vector<std::pair<std::uint16_t, Words>> written_;  ///< under the server's lock
  std::unique_ptr<ModbusTcpServer> server_;
};

TEST_F(ModbusTcp, ReadsWithEveryFunction) {
  ModbusClient client(options());
  EXPECT_EQ(*client.read(ReadFunction::Coils, 1, 0, 10), (Words{1, 0, 1, 1, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(*client.read(ReadFunction::DiscreteInputs, 1, 5, 2), (Words{0, 1}));
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 100, 125), Words(125, 7));
  EXPECT_EQ(*client.read(ReadFunction::InputRegisters, 1, 52, 2), (Words{0x4366, 0x8000}));
}

TEST_F(ModbusTcp, WritesWithEveryFunction) {
  ModbusClient client(options());
  EXPECT_TRUE(client.write(WriteFunction::Coil, 1, 1, Words{1}).ok());
  EXPECT_TRUE(client.write(WriteFunction::Coils, 1, 2, Words{0, 0, 1}).ok());
  EXPECT_TRUE(client.write(WriteFunction::Register, 1, 100, Words{60'000}).ok());
  EXPECT_TRUE(client.write(WriteFunction::Registers, 1, 101, Words{1, 2, 3}).ok());
  EXPECT_EQ(*client.read(ReadFunction::Coils, 1, 0, 5), (Words{1, 1, 0, 0, 1}));
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 100, 4), (Words{60'000, 1, 2, 3}));
  const auto written = server_->locked([this] { return written_; });
  ASSERT_EQ(written.size(), 4U);
  EXPECT_EQ(written[3], (std::pair<std::uint16_t, Words>{101, {1, 2, 3}}));
}

TEST_F(ModbusTcp, AnErrorSaysWhoWhereAndWhat) {
  ModbusClient client(options());
  const auto read = client.read(ReadFunction::InputRegisters, 1, 54, 2);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message(), endpoint() + " unit 1, register 54: Illegal data address");
}

TEST_F(ModbusTcp, ARefusalLeavesTheConnectionOpen) {
  ModbusClient client(impatient());
  EXPECT_FALSE(client.read(ReadFunction::InputRegisters, 1, 54, 2).ok());
  server_->set_answering(Answering::Refusing);  // new connections would be closed, and so would this one on a failure
  server_->set_answering(Answering::Normal);
  EXPECT_TRUE(client.read(ReadFunction::InputRegisters, 1, 52, 2).ok());
}

TEST_F(ModbusTcp, ASilentDeviceIsATimeout) {
  ModbusClient client(impatient());
  EXPECT_TRUE(client.read(ReadFunction::InputRegisters, 1, 52, 2).ok());
  server_->set_answering(Answering::Silent);
  EXPECT_EQ(client.read(ReadFunction::InputRegisters, 1, 52, 2).error().message(),
            endpoint() + " unit 1, register 52: timeout");
  EXPECT_EQ(client.write(WriteFunction::Register, 1, 100, Words{1}).error().message(),
            endpoint() + " unit 1, register 100: timeout");
  server_->set_answering(Answering::Normal);
  EXPECT_TRUE(client.read(ReadFunction::InputRegisters, 1, 52, 2).ok());
}

TEST_F(ModbusTcp, AUnitThatIsNotThereIsATimeout) {
  ModbusClient client(impatient());
  EXPECT_EQ(client.read(ReadFunction::InputRegisters, 9, 52, 2).error().message(),
            endpoint() + " unit 9, register 52: timeout");
  EXPECT_TRUE(client.read(ReadFunction::InputRegisters, 1, 52, 2).ok());
}

TEST_F(ModbusTcp, ALateReplyIsNeverTakenForAnotherRegister) {
  ModbusClient client(impatient());
  server_->set_answering(Answering::Late);
  EXPECT_FALSE(client.read(ReadFunction::InputRegisters, 1, 52, 1).ok());
  EXPECT_FALSE(client.read(ReadFunction::InputRegisters, 1, 60, 1).ok());
  server_->set_answering(Answering::Normal);
  EXPECT_EQ(*client.read(ReadFunction::InputRegisters, 1, 60, 1), Words{60});
  EXPECT_EQ(*client.read(ReadFunction::InputRegisters, 1, 52, 1), Words{0x4366});
}

TEST_F(ModbusTcp, FindsAServerThatWasGoneAndIsBack) {
  ModbusClient client(impatient());
  EXPECT_TRUE(client.read(ReadFunction::InputRegisters, 1, 52, 2).ok());
  const ModbusClientOptions same = impatient();
  const std::uint16_t port = server_->port();
  server_.reset();
  const auto lost = client.read(ReadFunction::InputRegisters, 1, 52, 2);
  EXPECT_FALSE(lost.ok());
  const auto gone = client.read(ReadFunction::InputRegisters, 1, 52, 2);
  ASSERT_FALSE(gone.ok());
  EXPECT_THAT(gone.error().message(), HasSubstr("register 52: no connection: Connection refused"));
  start(port);
  bool back = false;
  const auto give_up = std::chrono::steady_clock::now() + 10s;  // the back-off is real time
  while (!back && std::chrono::steady_clock::now() < give_up) {
    back = client.read(ReadFunction::InputRegisters, 1, 52, 2).ok();
    if (!back) std::this_thread::yield();
  }
  EXPECT_TRUE(back);
}

TEST_F(ModbusTcp, DuringTheBackOffRequestsFailAtOnceWithTheReason) {
  ModbusClientOptions patient = options();
  patient.back_off_min = 1h;
  patient.back_off_max = 1h;
  ModbusClient client(patient);
  const std::uint16_t port = server_->port();
  server_.reset();
  EXPECT_FALSE(client.read(ReadFunction::InputRegisters, 1, 52, 2).ok());
  start(port);
  const auto waiting = client.read(ReadFunction::InputRegisters, 1, 52, 2);
  ASSERT_FALSE(waiting.ok());
  EXPECT_THAT(waiting.error().message(), EndsWith("no connection: Connection refused"));
}

TEST_F(ModbusTcp, ServesSeveralClientsAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      ModbusClient client(options());
      for (int k = 0; k < 50; ++k)
        if (const auto words = client.read(ReadFunction::InputRegisters, 1, 52, 2); words && words->front() == 0x4366)
          ++right;
    });
  threads.clear();
  EXPECT_EQ(right, 300);
}

TEST_F(ModbusTcp, AWrongHostIsAnErrorAndNotMore) {
  ModbusClientOptions wrong = impatient();
  wrong.endpoint = ModbusTcpEndpoint{"no such host", 502};
  ModbusClient client(wrong);
  const auto read = client.read(ReadFunction::InputRegisters, 1, 52, 2);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message(), StartsWith("meter no such host:502 unit 1, register 52: no connection"));
}

TEST_F(ModbusTcp, RequestsBeyondTheProtocolAreRefused) {
  ModbusClient client(options());
  EXPECT_FALSE(client.read(ReadFunction::HoldingRegisters, 1, 100, 126).ok());
  EXPECT_FALSE(client.read(ReadFunction::HoldingRegisters, 1, 100, 0).ok());
  EXPECT_FALSE(client.write(WriteFunction::Register, 1, 100, Words{1, 2}).ok());
  EXPECT_FALSE(client.write(WriteFunction::Registers, 1, 100, Words{}).ok());
}

/// libmodbus ends the process on descriptors from 1024 on; before that the client refuses.
TEST_F(ModbusTcp, RefusesToConnectWithTooManyOpenFiles) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  limit.rlim_cur = std::min<rlim_t>(2048, limit.rlim_max);
  if (limit.rlim_cur < 1200) GTEST_SKIP() << "fewer than 1200 files may be open here";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<int> open;
  for (int fd = 0; fd < 1100 && fd >= 0;) open.push_back(fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ModbusClient client(impatient());
  const auto read = client.read(ReadFunction::InputRegisters, 1, 52, 2);
  for (int fd : open) ::close(fd);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.error().message(), EndsWith("no connection: too many open files"));
}

TEST(ModbusServer, AUsedPortIsAnError) {
  Bank bank;
  auto first = ModbusTcpServer::start({}, {{1, &bank}});
  ASSERT_TRUE(first.ok());
  ModbusTcpServerOptions same;
  same.port = (*first)->port();
  const auto second = ModbusTcpServer::start(same, {{1, &bank}});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message(), EndsWith("Address already in use"));
}

TEST(ModbusServer, SeveralUnitsAreDifferentDevices) {
  Bank one, two;
  one.put(ReadFunction::HoldingRegisters, 0, {1});
  two.put(ReadFunction::HoldingRegisters, 0, {2});
  auto server = ModbusTcpServer::start({}, {{1, &one}, {2, &two}});
  ASSERT_TRUE(server.ok());
  ModbusClientOptions options;
  options.name = "meter";
  options.endpoint = ModbusTcpEndpoint{"127.0.0.1", (*server)->port()};
  ModbusClient client(options);
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 0, 1), Words{1});
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 2, 0, 1), Words{2});
}

}  // namespace
}  // namespace balans
