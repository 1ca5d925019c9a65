#pragma once
// An agent beside a virtual device, in virtual time: the agent's own core and driver, its settings read from a file
// like any agent's, and leases from a small stand-in for the controller.

#include <optional>
#include <string>
#include <vector>

#include "chargepoint/shell/agent_file.hpp"
#include "common/registers/driver.hpp"
#include "sim/device/modelled_device.hpp"

namespace balans::sim {

/// The agent's way to the device. What comes of it goes into the input of the agent's next step.
class Link {
 public:
  virtual ~Link() = default;
  virtual void poll(BootTime now, AgentInput& input) = 0;
  virtual void write(Direction direction, Milliamps setpoint, BootTime now, AgentInput& input) = 0;
  virtual void switch_phases(PhaseMode mode, BootTime now, AgentInput& input) = 0;
  virtual void keep_alive() = 0;
};

/// The driver right above the device's registers: what DeviceLink does, without its thread and its bus.
class DirectLink final : public Link {
 public:
  DirectLink(const AgentFile& file, Transport& registers)
      : file_(file), driver_(file.device, registers, file.place.unit) {}

  void poll(BootTime now, AgentInput& input) override;
  void write(Direction direction, Milliamps setpoint, BootTime now, AgentInput& input) override;
  void switch_phases(PhaseMode mode, BootTime now, AgentInput& input) override;
  void keep_alive() override;
  /// What was read last.
  [[nodiscard]] const std::optional<Sample>& sample() const { return sample_; }

 private:
  Result<void> ready(AgentInput& input);

  const AgentFile& file_;
  Driver driver_;
  bool prepared_ = false;
  std::optional<Sample> sample_;
};

class AgentBeside {
 public:
  AgentBeside(const AgentSettings& settings, Link& link, BootTime now);

  /// Polls, steps, does what the step says. From `grant` on its lease is renewed as a controller would.
  void second();
  void grant(const Allowance& allowance) { granted_ = allowance; }
  void grant_draw(Milliamps current) { grant({PerPhase<Milliamps>::all(current), {}}); }
  void grant_feed(Milliamps current) { grant({{}, PerPhase<Milliamps>::all(current)}); }

  [[nodiscard]] BootTime now() const { return now_; }
  [[nodiscard]] AgentState state() const { return state_of(memory_); }
  [[nodiscard]] const std::string& fault() const { return memory_.device.fault; }
  [[nodiscard]] const AgentMemory& memory() const { return memory_; }
  [[nodiscard]] bool is_effective() const;
  [[nodiscard]] const std::optional<Status>& status() const { return status_; }
  /// What the poll of this second gave.
  [[nodiscard]] const std::optional<DeviceReport>& polled() const { return polled_; }
  [[nodiscard]] const std::vector<AgentEvent>& events() const { return events_; }

 private:
  void renew();
  void act(const AgentOutput& output);

  const AgentSettings& settings_;
  Link& link_;
  BootTime now_;
  AgentMemory memory_;
  AgentInput next_;
  bool poll_ = true;
  std::optional<Allowance> granted_, sent_;
  std::optional<BootTime> renewed_;
  std::uint64_t seq_ = 0;
  std::optional<Status> status_;
  std::optional<DeviceReport> polled_;
  std::vector<AgentEvent> events_;
};

/// Its agent's settings, from a file written for it: everything that the device's own file does not say.
struct AgentPlan {
  std::string file;  ///< "chargers/keba_p30"
  Millis settle = 15_s;
  bool one_phase_too = false;  ///< switches phases
};
Result<AgentFile> agent_for(const DeviceDescription& description, const AgentPlan& plan);
/// What such a device is fused for.
Milliamps nameplate_of(const DeviceDescription& description);

}  // namespace balans::sim
