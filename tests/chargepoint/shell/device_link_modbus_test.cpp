// The device's link over a real Modbus connection: what is written at start, and how soon a setpoint is confirmed.
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "chargepoint/shell/device_link.hpp"
#include "common/io/modbus/server.hpp"
#include "common/registers/image.hpp"
#include "tests/common/registers/test_device.hpp"
#include "tests/support/manual_clock.hpp"

namespace balans {
namespace {

/// Counts what it is asked.
class CountedImage final : public Transport {
 public:
  explicit CountedImage(const DeviceDescription& description) : image(description) {}
  Result<std::vector<std::uint16_t>> read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                          std::uint16_t count) override {
    ++requests;
    asked += 'r';
    if (const auto once = std::exchange(at_first_read, nullptr)) once();
    return image.read(function, unit, address, count);
  }
  Result<void> write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                     std::span<const std::uint16_t> words) override {
    ++requests;
    asked += 'w';
    return image.write(function, unit, address, words);
  }
  RegisterImage image;
  int requests = 0;
  std::string asked;  ///< r and w
  std::function<void()> at_first_read;
};

class DeviceLinkOverModbus : public testing::Test {
 protected:
  void start(const DeviceDescription& description, Milliamps fallback) {
    device_.emplace(description);
    auto server = ModbusTcpServer::start({}, {{std::uint8_t{1}, &*device_}});
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
    file_.device = description;
    file_.place.endpoint = ModbusTcpEndpoint{"127.0.0.1", server_->port()};
    file_.phases = {Phase::L1, Phase::L2, Phase::L3};
    file_.settings.max = 32_A;
    file_.settings.revert = 60_s;
    file_.settings.failsafe = file_.settings.device_fallback = fallback;
    file_.settings.habits.confirm = {description.control->confirm, Confirm::Nothing};
    link_.emplace(file_, lines_, clock_, [this](const ChargepointEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
      arrived_.notify_all();
    });
  }
  void TearDown() override { link_.reset(); }

  /// The link is busy for a moment after it has answered.
  void poll() {
    while (!link_->poll()) std::this_thread::yield();
  }
  /// The next event of this kind; others before it are left out.
  template <class Event>
  std::optional<Event> next() {
    std::unique_lock lock(mutex_);
    std::optional<Event> found;
    arrived_.wait_for(lock, std::chrono::seconds(10), [&] {
      for (; seen_ < events_.size() && !found; ++seen_)
        if (const auto* event = std::get_if<Event>(&events_[seen_])) found = *event;
      return found.has_value();
    });
    return found;
  }
  template <class Look>
  auto in_device(Look look) {
    return server_->locked([&] { return look(*device_); });
  }

  std::optional<CountedImage> device_;
  std::unique_ptr<ModbusTcpServer> server_;
  AgentFile file_;
  ModbusLines lines_;
  test::ManualClock clock_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<ChargepointEvent> events_;
  std::size_t seen_ = 0;
  std::optional<DeviceLink> link_;
};

TEST_F(DeviceLinkOverModbus, WritesTheFailsafeAndTheTimeOutIntoTheDevice) {
  start(test_charger(), 6_A);
  link_->poll();
  ASSERT_TRUE(next<DevicePolled>());
  EXPECT_EQ(in_device([](auto& device) { return device.image.safe_limit(3); }), 6_A);
  EXPECT_EQ(in_device([](auto& device) { return device.image.watchdog_timeout(); }), 60_s);
}

TEST_F(DeviceLinkOverModbus, TakesADeviceWhoseOwnSafeLimitIsAtMostTheFailsafe) {
  DeviceDescription description = test_charger();
  Watchdog& watchdog = *description.control->watchdog;
  watchdog.fallback = Fallback::Configured;
  watchdog.safe_limit.reset();
  watchdog.shows_limit = test_field(40, DataType::U16, {1, -1}, 3);
  for (const auto& [fallback, taken] : {std::pair{6_A, true}, std::pair{0_A, false}}) {
    link_.reset();
    start(description, fallback);
    ASSERT_TRUE(in_device([](auto& device) { return device.image.set_own_settings(60_s, 6000); }));
    link_->poll();
    const auto polled = next<DevicePolled>();
    ASSERT_TRUE(polled);
    EXPECT_EQ(polled->report.ok(), taken) << fallback.count();
  }
}

TEST_F(DeviceLinkOverModbus, ConfirmsASetpointInTwoRoundTrips) {
  DeviceDescription description = test_charger();
  description.control->confirm = Confirm::ReadBack;
  start(description, 0_A);
  link_->write(Direction::Draw, 0_A, {});  // the first one prepares
  ASSERT_TRUE(next<DeviceWritten>());
  const int before = in_device([](auto& device) { return device.requests; });
  link_->write(Direction::Draw, 10_A, {});
  const auto written = next<DeviceWritten>();
  ASSERT_TRUE(written);
  EXPECT_EQ(written->outcome.error, "");
  EXPECT_EQ(written->outcome.read_back, 10_A);
  EXPECT_EQ(in_device([](auto& device) { return device.requests; }) - before, 2);
}

TEST_F(DeviceLinkOverModbus, APollGivesWayToASetpointAndBeginsAnew) {
  start(test_charger(), 0_A);
  link_->poll();
  ASSERT_TRUE(next<DevicePolled>());
  const std::string whole = in_device([](auto& device) { return device.asked; });
  in_device([&](auto& device) {
    device.asked.clear();
    device.at_first_read = [this] { link_->write(Direction::Draw, 10_A, {}); };
    return true;
  });
  poll();
  const auto polled = next<DevicePolled>();
  ASSERT_TRUE(polled);
  ASSERT_TRUE(polled->report) << polled->report.error().message();
  EXPECT_EQ(polled->report->setpoint.draw, 10_A) << "read after the write";
  const std::string asked = in_device([](auto& device) { return device.asked; });
  EXPECT_TRUE(asked.starts_with("rwr")) << asked << ", and a whole start is " << whole;
}

TEST_F(DeviceLinkOverModbus, APollGivesWayOnlyOnce) {
  start(test_charger(), 0_A);
  for (int round = 0; round < 2; ++round) {
    in_device([](auto& device) { return device.asked.clear(), true; });
    poll();
    ASSERT_TRUE(next<DevicePolled>());
  }
  const std::size_t reads = in_device([](auto& device) { return device.asked.size(); });
  ASSERT_GT(reads, 1U);
  in_device([&](auto& device) {
    device.at_first_read = [this, &device] {
      link_->write(Direction::Draw, 10_A, {});
      device.at_first_read = [this, &device] {
        link_->write(Direction::Draw, 11_A, {});
        device.asked.clear();
      };
    };
    return true;
  });
  poll();
  ASSERT_TRUE(next<DevicePolled>());
  ASSERT_TRUE(next<DeviceWritten>());
  const std::string asked = in_device([](auto& device) { return device.asked; });
  EXPECT_EQ(asked.find('w'), reads - 1) << "the second setpoint waits for the poll: " << asked;
}

TEST_F(DeviceLinkOverModbus, RefreshesASetpointThatExpires) {
  start(test_charger(), 0_A);
  link_->write(Direction::Draw, 10_A, {});
  ASSERT_TRUE(next<DeviceWritten>());
  const std::array<std::uint16_t, 1> lost{0};
  in_device([&](auto& device) { return device.image.write(WriteFunction::Register, 1, 20, lost).ok(); });
  link_->keep_alive({});
  link_->write(Direction::Feed, 0_A, {});  // cannot be, and is answered after it
  ASSERT_TRUE(next<DeviceWritten>());
  EXPECT_EQ(in_device([](auto& device) { return device.image.setpoint(3)->current; }), 10_A);
}

TEST_F(DeviceLinkOverModbus, SaysNoWordOnceItsLeaseIsOver) {
  start(test_charger(), 0_A);
  link_->write(Direction::Draw, 10_A, {});
  ASSERT_TRUE(next<DeviceWritten>());
  const int before = in_device([](auto& device) { return device.requests; });
  link_->keep_alive(clock_.boot());
  link_->write(Direction::Draw, 12_A, clock_.boot());
  const auto written = next<DeviceWritten>();
  ASSERT_TRUE(written);
  EXPECT_NE(written->outcome.error, "");
  EXPECT_EQ(in_device([](auto& device) { return device.requests; }), before);
}

}  // namespace
}  // namespace balans
