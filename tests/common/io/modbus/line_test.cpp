#include "common/io/modbus/line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "common/io/modbus/serial_server.hpp"
#include "common/io/modbus/server.hpp"
#include "tests/common/io/modbus/bank.hpp"

namespace balans {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Words = std::vector<std::uint16_t>;
constexpr auto kHolding = ReadFunction::HoldingRegisters;

ModbusClientOptions quick() {
  ModbusClientOptions options;
  options.response_timeout = 100ms;
  options.back_off_min = 5ms;
  options.back_off_max = 50ms;
  return options;
}

class SharedLine : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::uint16_t unit : Words{1, 2, 3}) banks_[unit - 1U].put(kHolding, 10, {unit, 77});
    start(0, 1);
  }
  /// With room for `clients` connections.
  void start(std::uint16_t port, int clients) {
    ModbusTcpServerOptions options;
    options.port = port;
    options.max_clients = clients;
    auto server = ModbusTcpServer::start(options, {{1, &banks_[0]}, {2, &banks_[1]}, {3, &banks_[2]}},
                                         [this](auto...) { ++writes_; });
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = *std::move(server);
  }
  [[nodiscard]] ModbusTcpEndpoint endpoint() const { return {"127.0.0.1", server_->port()}; }

  std::array<Bank, 3> banks_;
  std::atomic<int> writes_ = 0;
  std::unique_ptr<ModbusTcpServer> server_;
};

TEST_F(SharedLine, UsersOfOneEndpointShareOneConnection) {
  ModbusLines lines(quick());
  const auto one = lines.join(endpoint(), {"meter-1"});
  const auto two = lines.join(endpoint(), {"meter-2"});
  EXPECT_EQ(*one->read(kHolding, 1, 10, 2), (Words{1, 77}));
  EXPECT_EQ(*two->read(kHolding, 2, 10, 2), (Words{2, 77})) << "the server has room for one connection only";
  EXPECT_TRUE(two->write(WriteFunction::Register, 2, 10, Words{5}));
  EXPECT_EQ(*one->read(kHolding, 2, 10, 1), Words{5});
}

TEST_F(SharedLine, AnErrorNamesUserLineUnitAndRegister) {
  ModbusLines lines(quick());
  const auto user = lines.join(endpoint(), {"meter-1"});
  const std::string line = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_EQ(user->read(kHolding, 1, 99, 1).error().message(),
            "meter-1 " + line + " unit 1, register 99: Illegal data address");
  EXPECT_EQ(user->read(kHolding, 9, 10, 1).error().message(), "meter-1 " + line + " unit 9, register 10: timeout");
  user->cancel();
  EXPECT_EQ(user->read(kHolding, 1, 10, 1).error().message(),
            "meter-1 " + line + " unit 1, register 10: not asked any more");
}

TEST_F(SharedLine, ManyThreadsEachGetTheirOwnAnswers) {
  ModbusLines lines(quick());
  std::vector<std::unique_ptr<LineUser>> users;
  for (int i = 0; i < 6; ++i) users.push_back(lines.join(endpoint(), {"user"}));
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < users.size(); ++i)
      threads.emplace_back([&, i] {
        const auto unit = static_cast<std::uint8_t>(i % 3 + 1);
        for (int n = 0; n < 100; ++n)
          if (const auto words = users[i]->read(kHolding, unit, 10, 1); words && *words == Words{unit}) ++right;
      });
  }
  EXPECT_EQ(right, 600);
}

TEST_F(SharedLine, ADeadUnitLeavesTheOthersTheirAnswers) {
  ModbusLines lines(quick());
  const auto dead = lines.join(endpoint(), {"dead"});
  const auto alive = lines.join(endpoint(), {"alive"});
  std::atomic<bool> done = false;
  std::atomic<int> left_alone = 0;
  std::jthread asks_in_vain([&] {
    while (!done)
      if (const auto words = dead->read(kHolding, 9, 10, 1); !words && words.error().what.starts_with("left alone"))
        ++left_alone;
  });
  int answered = 0;
  for (int i = 0; i < 200 || left_alone == 0; ++i) answered += alive->read(kHolding, 1, 10, 1).ok() && i < 200;
  done = true;
  EXPECT_EQ(answered, 200);
}

TEST_F(SharedLine, CancellingFreesAUserThatWaits) {
  ModbusClientOptions patient = quick();
  patient.response_timeout = 3000ms;
  server_->set_answering(Answering::Silent);
  ModbusLines lines(patient);
  const auto first = lines.join(endpoint(), {"first"});
  const auto second = lines.join(endpoint(), {"second"});
  auto under_way = std::async(std::launch::async, [&] { return first->read(kHolding, 1, 10, 1); });
  auto in_line = std::async(std::launch::async, [&] { return second->read(kHolding, 2, 10, 1); });
  second->cancel();
  first->cancel();
  EXPECT_EQ(in_line.get().error().what, "not asked any more");
  EXPECT_EQ(under_way.get().error().what, "not asked any more");
}

TEST_F(SharedLine, WhatComesTooLateIsNotSent) {
  ModbusLines lines(quick());
  const auto user = lines.join(endpoint(), {"device"});
  user->set_turn({Urgency::Setpoint, std::nullopt, std::chrono::steady_clock::now() - 1ms});
  EXPECT_THAT(user->write(WriteFunction::Register, 1, 10, Words{5}).error().what, HasSubstr("too late"));
  EXPECT_EQ(writes_, 0);
  user->set_turn({Urgency::Setpoint});
  EXPECT_TRUE(user->write(WriteFunction::Register, 1, 10, Words{5}));
  EXPECT_EQ(writes_, 1);
}

TEST_F(SharedLine, ALineEndsWithItsLastUserAndBeginsAnew) {
  ModbusLines lines(quick());
  for (int i = 0; i < 3; ++i) {
    const auto user = lines.join(endpoint(), {"meter"});
    EXPECT_TRUE(user->read(kHolding, 1, 10, 1));
  }
}

/// The gateway goes away and comes back, with the options that programs have.
TEST_F(SharedLine, AGatewayThatIsResetIsFoundAgainWithinTenSeconds) {
  ModbusLines lines;
  const auto user = lines.join(endpoint(), {"meter"});
  EXPECT_TRUE(user->read(kHolding, 1, 10, 1));
  const std::uint16_t port = server_->port();
  server_.reset();
  int failed = 0;
  while (failed < 5) failed += !user->read(kHolding, 1, 10, 1).ok();
  start(port, 1);
  const auto back = std::chrono::steady_clock::now();
  while (!user->read(kHolding, 1, 10, 1)) ASSERT_LT(std::chrono::steady_clock::now() - back, 10s);
  std::cout << "found again after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - back).count()
            << " ms\n";
}

/// As after a power cut of the gateway: the connection is never closed, and nothing comes any more.
TEST_F(SharedLine, AGatewayThatForgotTheConnectionIsFoundAgain) {
  ModbusLines lines(quick());
  const auto user = lines.join(endpoint(), {"meter"});
  EXPECT_TRUE(user->read(kHolding, 1, 10, 1));
  server_->set_answering(Answering::Silent);
  EXPECT_FALSE(user->read(kHolding, 1, 10, 1));
  server_->set_answering(Answering::Normal);
  EXPECT_TRUE(user->read(kHolding, 1, 10, 1));
}

class SerialLine : public testing::Test {
 protected:
  void SetUp() override {
    bank_.put(kHolding, 10, {10});
    auto server = ModbusSerialServer::start({{1, &bank_}, {2, &bank_}});
    if (!server) GTEST_SKIP() << "no pseudo-terminals here";
    server_ = *std::move(server);
  }
  [[nodiscard]] ModbusSerialEndpoint endpoint(int baud = 19200) const { return {server_->device(), {baud, 8, 'E', 1}}; }
  Bank bank_;
  std::unique_ptr<ModbusSerialServer> server_;
};

TEST_F(SerialLine, LinksToOneDeviceAreOneLine) {
  const auto link = std::filesystem::temp_directory_path() / ("balans-line-" + std::to_string(::getpid()));
  std::filesystem::create_symlink(server_->device(), link);
  ModbusLines lines(quick());
  const auto one = lines.join(endpoint(), {"meter-1"});
  const auto two = lines.join(ModbusSerialEndpoint{link, endpoint().format}, {"meter-2"});
  EXPECT_TRUE(one->read(kHolding, 1, 10, 1));
  EXPECT_TRUE(two->read(kHolding, 2, 10, 1));
  std::filesystem::remove(link);
}

TEST_F(SerialLine, OtherProgramsAreKeptOut) {
  ModbusLines lines(quick());
  const auto user = lines.join(endpoint(), {"meter"});
  EXPECT_TRUE(user->read(kHolding, 1, 10, 1));
  ModbusLines of_another_program(quick());
  const auto other = of_another_program.join(endpoint(), {"charger"});
  EXPECT_EQ(
      other->read(kHolding, 1, 10, 1).error().message(),
      "charger " + server_->device() + " unit 1, register 10: no connection: another program speaks on this line");
}

TEST_F(SerialLine, TwoFormatsOnOneLineAreRefused) {
  ModbusLines lines(quick());
  const auto user = lines.join(endpoint(), {"meter"});
  const auto other = lines.join(endpoint(9600), {"charger"});
  EXPECT_EQ(other->read(kHolding, 2, 10, 1).error().what, "others speak 19200 8E1 on this line, and it wants 9600 8E1");
  ModbusSerialEndpoint ascii = endpoint();
  ascii.format.framing = Framing::Ascii;
  EXPECT_EQ(lines.join(ascii, {"charger"})->read(kHolding, 2, 10, 1).error().what,
            "others speak 19200 8E1 on this line, and it wants 19200 8E1 ASCII");
  EXPECT_TRUE(user->read(kHolding, 1, 10, 1));
}

}  // namespace
}  // namespace balans
