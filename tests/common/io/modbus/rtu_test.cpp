#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "common/io/modbus/client.hpp"
#include "common/io/modbus/pdu.hpp"
#include "tests/common/io/modbus/bank.hpp"

namespace balans {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint16_t>;

std::uint16_t crc_of(std::span<const std::uint8_t> bytes) {
  unsigned crc = 0xFFFF;
  for (std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0xA001U : crc >> 1;
  }
  return static_cast<std::uint16_t>(crc);
}

/// An RTU device at the other end of a pseudo-terminal. All requests in these tests have 8 bytes.
class RtuDevice {
 public:
  explicit RtuDevice(Bank& bank) : bank_(bank), master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
    name_ = ::ptsname(master_);
    line_ = ::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);  // kept open, so that the client may close its end
    termios raw{};
    ::tcgetattr(line_, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(line_, TCSANOW, &raw);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~RtuDevice() {
    thread_ = {};
    ::close(line_);
    ::close(master_);
  }
  RtuDevice(const RtuDevice&) = delete;
  RtuDevice& operator=(const RtuDevice&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The next answers come this much late.
  std::atomic<std::chrono::milliseconds> delay{0ms};
  std::atomic<bool> silent = false;

 private:
  void run(const std::stop_token& stop) {
    Bytes received;
    while (!stop.stop_requested()) {
      pollfd fd{master_, POLLIN, 0};
      if (::poll(&fd, 1, 20) <= 0) continue;
      std::uint8_t buffer[64];
      const ssize_t got = ::read(master_, buffer, sizeof buffer);
      if (got <= 0) continue;
      received.insert(received.end(), buffer, buffer + got);
      while (received.size() >= 8) {
        answer(Bytes(received.begin(), received.begin() + 8));
        received.erase(received.begin(), received.begin() + 8);
      }
    }
  }

  void answer(const Bytes& frame) {
    if (silent || crc_of(std::span(frame).first(6)) != (frame[6] | frame[7] << 8)) return;
    Bytes reply{frame[0]};
    const Bytes pdu = answer_pdu(bank_, frame[0], std::span(frame).subspan(1, 5), {});
    reply.insert(reply.end(), pdu.begin(), pdu.end());
    const std::uint16_t crc = crc_of(reply);
    reply.push_back(static_cast<std::uint8_t>(crc & 0xFF));
    reply.push_back(static_cast<std::uint8_t>(crc >> 8));
    std::this_thread::sleep_for(delay.load());
    (void)!::write(master_, reply.data(), reply.size());
  }

  Bank& bank_;
  int master_;
  int line_ = -1;
  std::string name_;
  std::jthread thread_;
};

class ModbusRtu : public testing::Test {
 protected:
  void SetUp() override {
    bank_.put(ReadFunction::HoldingRegisters, 10, {1010, 1011});
    bank_.put(ReadFunction::HoldingRegisters, 20, {2020});
    device_ = std::make_unique<RtuDevice>(bank_);
    if (device_->name().empty()) GTEST_SKIP() << "no pseudo-terminals here";
  }
  [[nodiscard]] ModbusClientOptions options(std::chrono::milliseconds response_timeout) const {
    ModbusClientOptions options;
    options.name = "charger-1";
    options.endpoint = ModbusSerialEndpoint{device_->name(), {19200, 8, 'E', 1}};
    options.response_timeout = response_timeout;
    return options;
  }
  Bank bank_;
  std::unique_ptr<RtuDevice> device_;
};

TEST_F(ModbusRtu, ReadsAndWrites) {
  ModbusClient client(options(2000ms));
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 10, 2), (Words{1010, 1011}));
  EXPECT_TRUE(client.write(WriteFunction::Register, 1, 20, Words{7}).ok());
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 20, 1), Words{7});
}

TEST_F(ModbusRtu, ARefusalIsNamed) {
  ModbusClient client(options(2000ms));
  const auto read = client.read(ReadFunction::HoldingRegisters, 1, 30, 1);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message(), "charger-1 " + device_->name() + " unit 1, register 30: Illegal data address");
}

TEST_F(ModbusRtu, ASilentDeviceIsATimeoutAndIsFoundAgain) {
  ModbusClient client(options(100ms));
  device_->silent = true;
  EXPECT_EQ(client.read(ReadFunction::HoldingRegisters, 1, 10, 1).error().message(),
            "charger-1 " + device_->name() + " unit 1, register 10: timeout");
  device_->silent = false;
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 10, 1), Words{1010});
}

/// The trap that the recovery rules are for: the answer to one question must not become that to the next.
TEST_F(ModbusRtu, ALateReplyIsNeverTakenForAnotherRegister) {
  ModbusClient client(options(200ms));
  device_->delay = 260ms;  // after the time-out, within the wait that follows it
  EXPECT_FALSE(client.read(ReadFunction::HoldingRegisters, 1, 10, 1).ok());
  device_->delay = 0ms;
  const auto next = client.read(ReadFunction::HoldingRegisters, 1, 20, 1);
  if (next) {
    EXPECT_EQ(*next, Words{2020});
  }
  EXPECT_EQ(*client.read(ReadFunction::HoldingRegisters, 1, 10, 1), Words{1010});
}

TEST_F(ModbusRtu, APortThatIsNotThereIsAnError) {
  ModbusClientOptions wrong = options(100ms);
  wrong.endpoint = ModbusSerialEndpoint{"/dev/no-such-port", {}};
  ModbusClient client(wrong);
  const auto read = client.read(ReadFunction::HoldingRegisters, 1, 10, 1);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message(),
            "charger-1 /dev/no-such-port unit 1, register 10: no connection: No such file or directory");
}

}  // namespace
}  // namespace balans
