#pragma once
// The agent's loop: events fill the input, the step decides, what it decides goes to the device and to the broker.

#include <memory>

#include "chargepoint/core/metering.hpp"
#include "chargepoint/shell/agent_file.hpp"
#include "chargepoint/shell/device_link.hpp"
#include "chargepoint/shell/events.hpp"
#include "chargepoint/shell/journal.hpp"
#include "chargepoint/shell/supply_link.hpp"
#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"
#include "common/io/runtime/mailbox.hpp"
#include "common/io/runtime/notify.hpp"

namespace balans {

class Chargepoint {
 public:
  Chargepoint(const AgentFile& file, const Signer& signer, Journal journal, const Clock& clock, EventLog& log,
              Mailbox<ChargepointEvent>& mailbox);

  /// Runs until the mailbox is stopped; `supervisor` hears of each tick. Leaves the device with its failsafe limits.
  void run(Supervisor& supervisor);

 private:
  // Events
  void take(ChargepointEvent& event);
  void take(BusEvent& event);
  void take(DevicePolled& polled);
  void take(DeviceWritten& written);
  void take(DeviceSwitched& switched);
  void take(const DeviceSupplied& supplied);
  void take(const DevicePrepared& prepared);
  void take(const ReadingsReady& ready);
  void take(const JournalTrouble& trouble);
  void take(const ReloadAsked& reload);
  Result<void> take_message(const BusMessage& message);
  Result<void> take_presence(const BusMessage& message);

  // The tick
  void tick();
  void act(const AgentOutput& output);
  void log_events(const std::vector<AgentEvent>& events);
  void tell(const Status& status);
  void send_status();
  void poll();

  // Readings
  void keep_reading();
  void send_readings();
  void finish_journal(std::chrono::steady_clock::time_point deadline);

  // For the supervisor, and the end
  [[nodiscard]] std::string status_line() const;
  void leave_failsafe(std::chrono::steady_clock::time_point deadline);

  void announce();
  void publish(const std::string& topic, std::string payload, Retain retain);
  void publish_signed(const std::string& topic, std::string_view type, const std::string& body, Retain retain);

  const AgentFile& file_;
  const Signer& signer_;
  const Clock& clock_;
  EventLog& log_;
  Mailbox<ChargepointEvent>& mailbox_;
  const BootId boot_;

  AgentInput input_;
  AgentMemory memory_;
  MeteringMemory metering_;
  Status status_;  ///< the newest, not sent yet while it is due
  std::optional<BootTime> status_due_;
  bool urgent_ = false;    ///< a limit or a write result: the next tick comes at once
  bool poll_due_ = false;  ///< the device is to be asked
  std::optional<BootTime> readings_sent_;

  Journal journal_;  // on journal_worker_'s thread only
  std::unique_ptr<Bus> bus_;
  Supervisor* supervisor_ = nullptr;
  Worker journal_worker_{64};
  ModbusLines lines_;
  DeviceLink device_;  // these two last: their threads post to the mailbox
  std::optional<SupplyLink> supply_;
};

}  // namespace balans
