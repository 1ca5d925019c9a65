// A box that speaks Modbus ASCII, from its shipped file to its registers.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "common/io/device_file/device_file.hpp"
#include "common/io/modbus/client.hpp"
#include "common/io/modbus/pdu.hpp"
#include "common/io/modbus/serial_server.hpp"
#include "common/registers/driver.hpp"
#include "common/registers/image.hpp"
#include "tests/support/pty.hpp"

namespace balans {
namespace {

using namespace std::chrono_literals;

/// Says nothing to the first request after it fell asleep; that wakes it.
class SleepyBox {
 public:
  explicit SleepyBox(RegisterImage& image)
      : image_(image), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  [[nodiscard]] const test::Pty& line() const { return pty_; }
  void fall_asleep() { asleep_ = true; }
  [[nodiscard]] int woken() const { return woken_; }
  /// What was last written as its limit.
  [[nodiscard]] int limit() const { return limit_; }

 private:
  void run(const std::stop_token& stop) {
    ModbusBytes received;
    while (!stop.stop_requested()) {
      pollfd fd{pty_.master(), POLLIN, 0};
      if (::poll(&fd, 1, 20) <= 0) continue;
      std::uint8_t buffer[64];
      const ssize_t got = ::read(pty_.master(), buffer, sizeof buffer);
      if (got <= 0) continue;
      received.insert(received.end(), buffer, buffer + got);
      const TakenMessage request = take_message(Framing::Ascii, LineSide::Request, received);
      if (std::holds_alternative<ModbusBytes>(request)) take(std::get<ModbusBytes>(request));
    }
  }

  void take(const ModbusBytes& request) {
    if (asleep_.exchange(false)) {
      ++woken_;
      return;
    }
    const auto note = [this](WriteFunction, std::uint16_t address, std::span<const std::uint16_t> words) {
      if (address == 20) limit_ = words.front();
    };
    const ModbusBytes answer =
        framed(Framing::Ascii, message_to(request[0], answer_pdu(image_, request[0], pdu_of(request), note)));
    (void)!::write(pty_.master(), answer.data(), answer.size());
  }

  RegisterImage& image_;
  test::Pty pty_;
  std::atomic<bool> asleep_ = false;
  std::atomic<int> woken_ = 0;
  std::atomic<int> limit_ = 0;
  std::jthread thread_;
};

class AsciiBox : public testing::Test {
 protected:
  void SetUp() override {
    auto device = load_device("config/devices/chargers/abl_emh1.yaml");
    ASSERT_TRUE(device.ok()) << device.error().message();
    device_ = *std::move(device);
    ASSERT_EQ(device_.serial->framing, Framing::Ascii);
    ASSERT_TRUE(device_.requests.sent_twice);
    image_.emplace(device_);
  }
  [[nodiscard]] ModbusClientOptions on(const std::string& line) const {
    ModbusClientOptions options;
    options.name = "box";
    options.endpoint = ModbusSerialEndpoint{line, *device_.serial};
    options.response_timeout = 100ms;
    return options;
  }
  DeviceDescription device_;
  std::optional<RegisterImage> image_;
};

TEST_F(AsciiBox, IsReadAndLimitedThoughItSleepsInBetween) {
  SleepyBox box(*image_);
  if (!box.line().there()) GTEST_SKIP() << "no pseudo-terminals here";
  ModbusClient client(on(box.line().name()));
  Driver driver(device_, client, *device_.unit);
  box.fall_asleep();
  ASSERT_TRUE(driver.prepare({}).ok());
  box.fall_asleep();
  const auto written = driver.write_limit(13_A);
  ASSERT_TRUE(written.ok()) << written.error().message();
  EXPECT_EQ(written->current, 12'960_mA) << "a duty cycle of 21.6 %";
  box.fall_asleep();
  const auto sample = driver.poll();
  ASSERT_TRUE(sample.ok()) << sample.error().message();
  EXPECT_EQ(box.woken(), 3);
  EXPECT_EQ(box.limit(), 216);
}

TEST_F(AsciiBox, IsServedByAVirtualDevice) {
  const auto server = ModbusSerialServer::start({{1, &*image_}}, {}, Framing::Ascii);
  if (!server) GTEST_SKIP() << "no pseudo-terminals here";
  ModbusClient client(on((*server)->device()));
  const std::vector<std::uint16_t> words{216};
  ASSERT_TRUE(client.write(WriteFunction::Registers, 1, 20, words).ok());
  EXPECT_TRUE(client.read(ReadFunction::HoldingRegisters, 1, 1, 2).ok());
  EXPECT_EQ(client.read(ReadFunction::HoldingRegisters, 1, 999, 1).error().what, "Illegal data address");
}

TEST_F(AsciiBox, IsNotHeardByOneWhoSpeaksRtu) {
  const auto server = ModbusSerialServer::start({{1, &*image_}}, {}, Framing::Ascii);
  if (!server) GTEST_SKIP() << "no pseudo-terminals here";
  ModbusClientOptions options = on((*server)->device());
  std::get<ModbusSerialEndpoint>(options.endpoint).format.framing = Framing::Rtu;
  ModbusClient client(options);
  EXPECT_FALSE(client.read(ReadFunction::HoldingRegisters, 1, 1, 2).ok());
  EXPECT_EQ(client.heard(), Heard::Nothing);
}

}  // namespace
}  // namespace balans
