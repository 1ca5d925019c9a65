#pragma once
// The controller's loop: events fill the snapshot, the tick decides, what it decides goes out.

#include <map>
#include <memory>

#include "common/io/clock/clock.hpp"
#include "common/io/mqtt/bus.hpp"
#include "common/io/revocation/revoked_keys.hpp"
#include "common/io/runtime/epoch_counter.hpp"
#include "common/io/runtime/event_log.hpp"
#include "common/io/runtime/mailbox.hpp"
#include "common/io/runtime/notify.hpp"
#include "trafo/core/decide.hpp"
#include "trafo/core/evidence.hpp"
#include "trafo/shell/change_log.hpp"
#include "trafo/shell/events.hpp"
#include "trafo/shell/limits_file.hpp"
#include "trafo/shell/recorder.hpp"
#include "trafo/shell/site_file.hpp"
#include "trafo/shell/thermal_file.hpp"

namespace balans {

class Controller {
 public:
  Controller(const SiteFile& file, const Signer& signer, EpochCounter epoch, const Clock& clock, EventLog& log,
             Mailbox<TrafoEvent>& mailbox, Recorder& recorder);

  /// Limits that the api has ordered before this start.
  void begin_with(std::vector<OutsideLimit> ordered);

  /// Runs until the mailbox is stopped. `bus` feeds the mailbox; `supervisor` hears of each tick.
  void run(Bus& bus, Supervisor& supervisor);

  /// What the bus has to be told at the start.
  static BusOptions bus_options(const SiteFile& file);

 private:
  // Events
  void take(TrafoEvent& event);
  void take(BusEvent& event);
  void take(const MeterPolled& polled);
  void take(const AmbientPolled& polled);
  void take(const ReadingsCommitted& committed);
  void take(const OutboxTrouble& trouble);
  void take(const UplinkReport& report);
  void take(const OrdersChanged& orders);
  void take(const ReloadAsked& reload);
  void take_message(const BusMessage& message);
  Result<void> take_mail(std::size_t agent, const std::string& what, const BusMessage& message);
  Result<void> take_readings(std::size_t agent, const BusMessage& message);

  // The tick
  void tick();
  void fill_snapshot();
  void look_at_limits();
  void gather_outside();
  void look_at_revocations();
  [[nodiscard]] bool over_its_limit(const MeterSample& sample, std::size_t node) const;
  void publish_limits(const std::vector<OutgoingLimit>& limits);
  void publish_state(TrafoState state);
  void log_notices(const std::vector<Notice>& notices);
  void move_above(Epoch seen);
  void publish(Publication publication);

  [[nodiscard]] const Enrolment& enrolled(std::size_t agent) const { return file_.site.agents[agent]; }

  const SiteFile& file_;
  const Signer& signer_;
  EpochCounter epoch_;
  const Clock& clock_;
  EventLog& log_;
  Mailbox<TrafoEvent>& mailbox_;
  Recorder& recorder_;
  Bus* bus_ = nullptr;
  Supervisor* supervisor_ = nullptr;
  std::map<AgentId, std::size_t> index_;

  std::optional<LimitsFile> limits_;
  std::vector<OutsideLimit> ordered_;  ///< by the api
  RevocationWatch revocations_;
  std::optional<ThermalFile> thermal_;
  ChangeLog changes_;
  EvidenceRecorder evidence_;
  Snapshot snapshot_;
  std::vector<int> messages_;  ///< of each agent since the last tick, looked at or not
  Memory memory_;
  bool trip_ = false;  ///< a sample is over the rating: the next tick comes at once
  std::int64_t missed_ticks_ = 0;
  std::vector<bool> meter_fails_;  ///< by index of the site's meters
  bool thermometer_fails_ = false;
  std::map<std::string, std::string> last_uplink_error_;
};

}  // namespace balans
