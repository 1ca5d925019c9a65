// Virtual devices behind real Modbus, over TCP and on pseudo-terminals: the agent's real link, and a line that fails.

#include <array>
#include <condition_variable>
#include <mutex>

#include "chargepoint/shell/device_link.hpp"
#include "sim/device/served_device.hpp"
#include "tests/sim/device/device_bench.hpp"
#include "tests/support/manual_clock.hpp"

namespace balans::sim {
namespace {

/// Fast enough for many virtual seconds in a real one.
ModbusClientOptions impatient() {
  ModbusClientOptions options;
  options.response_timeout = std::chrono::milliseconds(60);
  options.byte_timeout = std::chrono::milliseconds(20);
  options.back_off_min = options.back_off_max = std::chrono::milliseconds(1);
  return options;
}

/// The agent's own link with its thread; each call waits for what it tells.
class WireLink final : public Link {
 public:
  explicit WireLink(const AgentFile& file)
      : link_(file, lines_, clock_, [this](const ChargepointEvent& event) {
          const std::lock_guard lock(mutex_);
          events_.push_back(event);
          arrived_.notify_all();
        }) {}

  void poll(BootTime now, AgentInput& input) override {
    clock_.advance(now - clock_.boot());
    bool polled = false;
    for (int tries = 0; tries < 500 && !polled; ++tries) {  // a busy link leaves a poll out
      link_.poll();
      polled = take<DevicePolled>(input, std::chrono::milliseconds(20));
    }
  }
  void write(Direction direction, Milliamps setpoint, BootTime /*now*/, AgentInput& input) override {
    link_.write(direction, setpoint, std::nullopt);
    (void)take<DeviceWritten>(input, std::chrono::seconds(10));
  }
  void switch_phases(PhaseMode mode, BootTime /*now*/, AgentInput& input) override {
    link_.switch_phases(mode, std::nullopt);
    (void)take<DeviceSwitched>(input, std::chrono::seconds(10));
  }
  void keep_alive() override { link_.keep_alive(std::nullopt); }

 private:
  /// Takes in all events up to one of this kind.
  template <class Awaited>
  bool take(AgentInput& input, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    bool found = false;
    arrived_.wait_for(lock, patience, [&] {
      for (; !events_.empty() && !found; events_.erase(events_.begin())) {
        found = std::holds_alternative<Awaited>(events_.front());
        fill(events_.front(), input);
      }
      return found;
    });
    return found;
  }
  static void fill(const ChargepointEvent& event, AgentInput& input) {
    if (const auto* polled = std::get_if<DevicePolled>(&event)) {
      if (polled->report) input.report = *polled->report;
      input.poll_error = polled->report ? "" : polled->report.error().message();
    }
    if (const auto* written = std::get_if<DeviceWritten>(&event)) input.write[written->direction] = written->outcome;
    if (const auto* switched = std::get_if<DeviceSwitched>(&event)) input.switched = switched->outcome;
    if (std::holds_alternative<DevicePrepared>(event)) input.device_prepared = true;
  }

  ModbusLines lines_{impatient()};
  test::ManualClock clock_{BootTime(0)};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<ChargepointEvent> events_;
  DeviceLink link_;
};

enum class Carrier : std::uint8_t { Tcp, Pty };
struct OnTheWire {
  std::string file;
  Carrier carrier = Carrier::Tcp;
};

class WiredDevice : public DeviceBench {
 protected:
  void SetUp() override {}
  void serve(const OnTheWire& wire) {
    ASSERT_NO_FATAL_FAILURE(load(wire.file));
    if (setup_.description.control) {
      ASSERT_NO_FATAL_FAILURE(read_agent());
    }
    const ServedOver over = wire.carrier == Carrier::Pty ? ServedOver(OverPty{}) : ServedOver(ModbusTcpServerOptions{});
    auto served = ServedDevice::start({setup_}, over);
    ASSERT_TRUE(served) << served.error().message();
    served_ = std::move(*served);
    endpoint_ = ModbusTcpEndpoint{"127.0.0.1", served_->port()};
    if (wire.carrier == Carrier::Pty)
      endpoint_ = ModbusSerialEndpoint{served_->place(), setup_.description.serial.value_or(SerialFormat())};
    if (setup_.load == LoadKind::Car) {
      ASSERT_TRUE(served_->apply({1, CarNeed{80'000_Wh, 3, setup_.max}}));
    }
  }
  void connect_agent() {
    file_.place.endpoint = endpoint_;
    file_.device.requests.min_gap = Millis();  // it rests in real time, and this is virtual
    wire_.emplace(file_);
    agent_.emplace(file_.settings, *wire_, kBoot);
  }
  void wired_second() {
    now_ = now_ + 1_s;
    served_->step(now_, 1_s);
    if (agent_) agent_->second();
  }
  void wired_seconds(int count) {
    for (int i = 0; i < count; ++i) wired_second();
  }
  [[nodiscard]] Milliamps drawn() {
    return served_->locked([](const auto& devices) { return devices.front()->truth().current.largest(); });
  }

  std::unique_ptr<ServedDevice> served_;
  ModbusEndpoint endpoint_;
  std::optional<WireLink> wire_;
};

class EveryWire : public WiredDevice {
 protected:
  static OnTheWire wire() {
    return {GetParam().substr(0, GetParam().find(' ')), GetParam().ends_with(" pty") ? Carrier::Pty : Carrier::Tcp};
  }
};

TEST_P(EveryWire, CarriesLimitsBothWays) {
  ASSERT_NO_FATAL_FAILURE(serve(wire()));
  connect_agent();
  wired_seconds(5);
  agent_->grant_draw(10_A);
  wired_seconds(65);
  EXPECT_EQ(agent_->fault(), "");
  EXPECT_TRUE(agent_->is_effective());
  EXPECT_LE(drawn(), 10_A);
  EXPECT_GE(drawn(), 7_A);
  agent_->grant_draw(0_A);
  wired_seconds(25);
  EXPECT_EQ(drawn(), 0_A);
  EXPECT_TRUE(agent_->is_effective());
}

TEST_P(EveryWire, ThatFallsSilentIsAFaultUntilItSpeaks) {
  ASSERT_NO_FATAL_FAILURE(serve(wire()));
  connect_agent();
  wired_seconds(5);
  agent_->grant_draw(10_A);
  wired_seconds(5);
  ASSERT_TRUE(served_->apply({1, DeviceTrouble{Answering::Silent, ModelFault::None}}));
  wired_seconds(6);
  EXPECT_EQ(agent_->state(), AgentState::Fault);
  ASSERT_TRUE(served_->apply({1, DeviceTrouble{}}));
  wired_seconds(3);
  EXPECT_EQ(agent_->state(), AgentState::Following);
  ASSERT_TRUE(served_->apply({1, ResetDevice{}}));
  wired_seconds(7);
  EXPECT_EQ(agent_->state(), AgentState::Fault) << "its connections are closed while it starts";
  wired_seconds(6);
  EXPECT_EQ(agent_->state(), AgentState::Following);
}

INSTANTIATE_TEST_SUITE_P(Of, EveryWire,
                         testing::Values("chargers/alfen_eve tcp", "chargers/keba_p30 tcp",
                                         "batteries/sunspec_storage tcp", "chargers/evse_din pty",
                                         "chargers/mennekes_amtron_compact pty", "chargers/abl_emh1 pty"),
                         test_name);

class WiredMeter : public EveryWire {};

/// Everything about a house's meter changes each second: an answer to an earlier question is another value.
TEST_P(WiredMeter, NeverShowsAWrongValueWhateverTheLineDoes) {
  ASSERT_NO_FATAL_FAILURE(serve(wire()));
  ModbusClientOptions options = impatient();
  options.endpoint = endpoint_;
  ModbusClient client(options);
  Driver driver(setup_.description, client, setup_.description.unit.value_or(1));
  int good = 0;
  bool prepared = false;
  Random random(kSeed);
  constexpr std::array kLines{Answering::Normal, Answering::Late, Answering::Silent, Answering::WrongUnit,
                              Answering::Refusing};
  for (int i = 0; i < 80; ++i) {
    const auto line = kLines.at(static_cast<std::size_t>(std::max<std::int64_t>(0, random.between(-4, 4))));
    ASSERT_TRUE(served_->apply({1, DeviceTrouble{line, ModelFault::None}}));
    wired_second();
    prepared = prepared || driver.prepare({}).ok();
    if (!prepared) continue;
    const auto read = driver.poll();
    if (!read) continue;
    ++good;
    expect_same(*read, served_->locked([](const auto& devices) { return devices.front()->measured(); }));
    ASSERT_FALSE(HasNonfatalFailure()) << "in second " << i;
  }
  EXPECT_GT(good, 10);
}

INSTANTIATE_TEST_SUITE_P(Of, WiredMeter, testing::Values("meters/eastron_sdm630 tcp", "meters/eastron_sdm630 pty"),
                         test_name);

}  // namespace
}  // namespace balans::sim
