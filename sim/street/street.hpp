#pragma once
// The world with its Modbus servers in front: what one simulated second does, and what a command does.

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "sim/street/commands.hpp"
#include "sim/street/ledger.hpp"
#include "sim/street/meter.hpp"
#include "sim/street/setup.hpp"

namespace balans::sim {

class Street {
 public:
  /// Starts a server for the meter and one for each device, on free ports. A truth file that reaches a gibibyte, more
  /// than a week's, becomes `FILE.1`, replacing the one before.
  static Result<std::unique_ptr<Street>> start(StreetSetup setup, VoltAmps rating,
                                               const std::optional<std::filesystem::path>& truth_file);

  /// Lets the second that ends at `now` pass. Seconds before the run's start are not counted.
  void second(LocalTime now);
  Result<void> apply(const Command& command);

  /// Where everything listens: {"meter":{"port","unit"},"devices":{"charger-1":{"port","unit"},…}}.
  [[nodiscard]] std::string ports_json() const;
  [[nodiscard]] RunSums sums() const { return ledger_->sums(world_); }
  [[nodiscard]] const World& world() const { return world_; }

 private:
  Street(StreetSetup setup, VoltAmps rating);
  Result<void> listen(const DeviceDescription& meter, const std::vector<DeviceDescription>& devices);
  Result<void> open_truth();
  void write_truth(const std::string& line);
  Result<void> show(LocalTime now);
  Result<void> set_fault(const SetDeviceFault& fault);
  [[nodiscard]] Result<std::size_t> index_of(const AgentId& id) const;
  [[nodiscard]] Result<std::size_t> charger_index(const AgentId& id) const;

  LocalTime start_;
  VoltAmps rating_;
  World world_;
  std::optional<Ledger> ledger_;
  std::optional<std::filesystem::path> truth_file_;
  std::ofstream truth_;
  std::uint64_t truth_bytes_ = 0;
  std::optional<TransformerMeter> meter_;
  std::vector<std::unique_ptr<VirtualDevice>> devices_;
};

}  // namespace balans::sim
