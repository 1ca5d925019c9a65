// The contactor in a device's supply, as a relay on Modbus TCP.
#include "chargepoint/shell/supply_link.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>

#include "common/io/modbus/server.hpp"

namespace balans {
namespace {

class Relay final : public Transport {
 public:
  Result<std::vector<std::uint16_t>> read(ReadFunction, std::uint8_t, std::uint16_t, std::uint16_t) override {
    return Error{"relay", "is only written to"};
  }
  Result<void> write(WriteFunction function, std::uint8_t, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    if (refuses) return Error{"relay", "illegal data address"};
    newest_function = function;
    newest_address = address;
    newest = words.front();
    return {};
  }
  bool refuses = false;
  std::optional<WriteFunction> newest_function;
  std::uint16_t newest_address = 0;
  std::uint16_t newest = 99;
};

class SupplyLinkTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = ModbusTcpServer::start({}, {{std::uint8_t{1}, &relay_}});
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
    place_.place.endpoint = ModbusTcpEndpoint{"127.0.0.1", server_->port()};
  }
  SupplyOutcome told(SupplyLink& link, SupplyOrder order) {
    link.tell(order);
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return outcome_.has_value(); }));
    return *std::exchange(outcome_, std::nullopt);
  }
  void take(const ChargepointEvent& event) {
    const std::lock_guard lock(mutex_);
    outcome_ = std::get<DeviceSupplied>(event).outcome;
    changed_.notify_all();
  }

  Relay relay_;
  std::unique_ptr<ModbusTcpServer> server_;
  ModbusLines lines_;
  SupplyPlace place_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<SupplyOutcome> outcome_;
};

TEST_F(SupplyLinkTest, WritesOnAndOffToACoil) {
  place_.address = 3;
  SupplyLink link(place_, lines_, [this](const ChargepointEvent& event) { take(event); });
  EXPECT_EQ(told(link, SupplyOrder::Hold).error, "");
  server_->locked([&] {
    EXPECT_EQ(relay_.newest_function, WriteFunction::Coil);
    EXPECT_EQ(relay_.newest_address, 3);
    EXPECT_EQ(relay_.newest, 1);
  });
  EXPECT_EQ(told(link, SupplyOrder::LetGo).order, SupplyOrder::LetGo);
  server_->locked([&] { EXPECT_EQ(relay_.newest, 0); });
}

TEST_F(SupplyLinkTest, WritesTheValuesThatARegisterWants) {
  place_.function = WriteFunction::Register;
  place_.on = 0xff00;
  place_.off = 2;
  SupplyLink link(place_, lines_, [this](const ChargepointEvent& event) { take(event); });
  (void)told(link, SupplyOrder::Hold);
  server_->locked([&] { EXPECT_EQ(relay_.newest, 0xff00); });
  (void)told(link, SupplyOrder::LetGo);
  server_->locked([&] { EXPECT_EQ(relay_.newest, 2); });
}

TEST_F(SupplyLinkTest, SaysWhatFails) {
  relay_.refuses = true;
  SupplyLink link(place_, lines_, [this](const ChargepointEvent& event) { take(event); });
  EXPECT_TRUE(told(link, SupplyOrder::Hold).error.starts_with("contactor 127.0.0.1:")) << "it names the contactor";
}

}  // namespace
}  // namespace balans
