#include "chargepoint/shell/chargepoint.hpp"

#include <future>

#include "chargepoint/core/farewell.hpp"
#include "common/io/modbus/line_load.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/memory.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans {
namespace {

constexpr std::int64_t kReadingsPerBatch = 100;
constexpr Millis kResendReadings = 30_s;  // three commits of the controller's outbox
constexpr std::size_t kMaxLimitsPerTick = 64;
// A limit is accepted, written and in effect within moments: one status tells it all. And where hundreds are cut at
// once, no limit waits behind the others' statuses.
constexpr Millis kNewsGathers{250};
constexpr std::chrono::milliseconds kGoodbye{1000};  // for the device and the disk, after SIGTERM

const char* log_name(AgentEvent::What what) {
  switch (what) {
    case AgentEvent::What::State:
      return "state";
    case AgentEvent::What::LeaseAccepted:
      return "lease-accepted";
    case AgentEvent::What::LeaseExpired:
      return "lease-expired";
    case AgentEvent::What::LimitRefused:
      return "limit-refused";
    case AgentEvent::What::SetpointWritten:
      return "setpoint-written";
    case AgentEvent::What::Effective:
      return "effective";
    case AgentEvent::What::Fault:
      return "fault";
    case AgentEvent::What::Paused:
      return "paused";
    case AgentEvent::What::PhasesShown:
      return "phases-shown";
    case AgentEvent::What::PhasesForgotten:
      return "phases-forgotten";
    case AgentEvent::What::PhasesSwitched:
      return "phases-switched";
    case AgentEvent::What::SupplyCut:
      return "supply-cut";
    case AgentEvent::What::SupplyBack:
      return "supply-back";
    case AgentEvent::What::ColdLoad:
      return "cold-load";
  }
  return "unknown";
}

}  // namespace

Chargepoint::Chargepoint(const AgentFile& file, const Signer& signer, Journal journal, const Clock& clock,
                         EventLog& log, Mailbox<ChargepointEvent>& mailbox)
    : file_(file),
      signer_(signer),
      clock_(clock),
      log_(log),
      mailbox_(mailbox),
      boot_{random_u64()},
      memory_(fresh_memory(file.settings, clock.boot(),
                           hold_after_power_cut(file.cold_load_pickup, clock.boot(), random_u64()))),
      journal_(std::move(journal)),
      device_(file, lines_, clock,
              [&mailbox](ChargepointEvent event) { mailbox.push(std::move(event), WhenFull::Keep); }) {
  if (file.supply)
    supply_.emplace(*file.supply, lines_,
                    [&mailbox](ChargepointEvent event) { mailbox.push(std::move(event), WhenFull::Keep); });
}

void Chargepoint::run(Supervisor& supervisor) {
  supervisor_ = &supervisor;
  log_.write("started", {{"agent", file_.settings.id.str()}, {"next_reading", journal_.next_seq()}});
  const PlannedPoll polls = planned_poll("device", file_.device, file_.tick);
  if (const auto overload = overload_of(file_.place.endpoint, {&polls, 1}))
    log_.write("line-too-busy", {{"why", *overload}});
  BootTime next = clock_.boot();
  MemoryOfStart start(next);
  while (!mailbox_.stopped()) {
    for (ChargepointEvent& event : mailbox_.wait_until(clock_, status_due_ ? std::min(next, *status_due_) : next))
      take(event);
    const BootTime now = clock_.boot();
    const bool gathered = status_due_ && now >= *status_due_;
    if (now < next && !urgent_ && !gathered) continue;
    urgent_ = false;
    tick();
    if (gathered) send_status();
    supervisor.beat(status_line());
    start.look(now);
    if (now >= next) {
      poll_due_ = true;
      keep_reading();
      while (next <= now) next = next + file_.tick;
    }
    if (poll_due_ && !status_due_) poll();
  }
  supervisor.stopping();
  const auto deadline = std::chrono::steady_clock::now() + kGoodbye;
  leave_failsafe(deadline);
  finish_journal(deadline);
  log_.write("stopped");
}

/// Not while news gathers: right after a cut the bus, and the machine where many share one, have better to do.
void Chargepoint::poll() {
  poll_due_ = false;
  if (!memory_.device.quiet_until) (void)device_.poll();  // where it is busy the next tick polls
}

std::string Chargepoint::status_line() const {
  const std::string fault = memory_.device.fault.empty() ? "" : ": " + memory_.device.fault;
  return std::string(name_of(state_of(memory_))) + fault + ", broker " +
         (bus_ && bus_->connected() ? "connected" : "away");
}

/// What the device holds from now on is not above what is booked for it without a lease, whatever its watchdog does.
void Chargepoint::leave_failsafe(std::chrono::steady_clock::time_point deadline) {
  const Farewell farewell = farewell_of(file_.settings, memory_, clock_.boot());
  bool writes = false;
  for (Direction direction : kDirections) {
    if (!farewell.write[direction]) continue;
    device_.write(direction, *farewell.write[direction], farewell.write_before);
    writes = true;
  }
  if (!writes) return;
  device_.finish_by(deadline);
  std::string error = "no answer in time";
  for (ChargepointEvent& event : mailbox_.wait_until(clock_, clock_.boot()))
    if (const auto* written = std::get_if<DeviceWritten>(&event)) error = written->outcome.error;
  log_.write("left-with-failsafe", {{"ma", farewell.write.draw.value_or(Milliamps())},
                                    {"feed_ma", farewell.write.feed.value_or(Milliamps())},
                                    {"error", error}});
}

/// Readings that wait for the disk are written before we go.
void Chargepoint::finish_journal(std::chrono::steady_clock::time_point deadline) {
  auto written = std::make_shared<std::promise<void>>();
  const auto done = written->get_future();
  const auto posted = journal_worker_.post([written](const std::stop_token&) { written->set_value(); });
  if (posted) done.wait_until(deadline);
}

// ---- events only fill the input ----

void Chargepoint::take(ChargepointEvent& event) {
  std::visit([this](auto& e) { take(e); }, event);
}

void Chargepoint::take(BusEvent& event) {
  if (std::holds_alternative<BusConnected>(event)) {
    input_.connected = Nonce{random_u64()};
    log_.write("broker-connected", {{"nonce", input_.connected->value}});
    publish(topics::online(file_.site, file_.settings.id.str()), encode(Online{true}), Retain::Yes);
    readings_sent_.reset();
    status_due_.reset();  // it was of the session before
    urgent_ = true;
  } else if (const auto* lost = std::get_if<BusLost>(&event)) {
    input_.disconnected = true;
    input_.connected.reset();
    log_.write("broker-lost", {{"reason", lost->reason}});
  } else {
    const auto& message = std::get<BusMessage>(event);
    if (const auto taken = take_message(message); !taken)
      log_.write("message-refused", {{"topic", message.topic}, {"error", taken.error().message()}});
  }
}

void Chargepoint::take(DevicePolled& polled) {
  if (polled.report) {
    input_.report = *polled.report;
    input_.poll_error.clear();
    meter(metering_, *polled.report);
    urgent_ = true;
  } else {
    input_.poll_error = polled.report.error().message();
  }
}

void Chargepoint::take(DeviceWritten& written) {
  input_.write[written.direction] = written.outcome;
  if (!status_due_ || !written.outcome.error.empty()) urgent_ = true;  // else it is told with the rest
}

void Chargepoint::take(DeviceSwitched& switched) {
  input_.switched = switched.outcome;
  urgent_ = true;
}

void Chargepoint::take(const DeviceSupplied& supplied) { input_.supplied = supplied.outcome; }

/// What was written before the device was lost may not stand there any more.
void Chargepoint::take(const DevicePrepared&) {
  for (Direction direction : kDirections)
    if (auto& before = input_.write[direction]; before && before->error.empty()) before->error = "device: lost since";
  input_.device_prepared = true;
  urgent_ = true;
}

void Chargepoint::take(const ReadingsReady& ready) {
  publish_signed(topics::readings(file_.site, file_.settings.id), "readings", ready.batch, Retain::No);
}

void Chargepoint::take(const JournalTrouble& trouble) { log_.write("journal-trouble", {{"error", trouble.what}}); }

void Chargepoint::take(const ReloadAsked& reload) {
  supervisor_->reloading();  // until the end of the next tick
  if (bus_) bus_->reconnect();
  log_.write("reloaded", {{"anew", "certificates, connection to the broker"}, {"config", reload.config}});
}

Result<void> Chargepoint::take_message(const BusMessage& message) {
  const auto parts = topics::parse(file_.site, message.topic);
  const std::string what = parts ? parts->what : "";
  if (what == "online") return take_presence(message);
  const auto body = open(message.payload, what, file_.trafo_key, file_.deployment, message.topic);
  if (!body) return body.error();
  if (what == "limit") {
    const auto limit = decode<Limit>(*body);
    if (!limit) return limit.error();
    if (input_.limits.size() < kMaxLimitsPerTick) input_.limits.push_back(*limit);
    urgent_ = true;
    return {};
  }
  const auto stored = decode<Stored>(*body);
  if (!stored) return stored.error();
  readings_sent_.reset();
  return journal_worker_.post([this, through = stored->through](const std::stop_token&) {
    const auto done = journal_.forget_through(through);
    if (!done) mailbox_.push(JournalTrouble{done.error().message()});
  });
}

/// Whoever says it, all that follows is a status. What lay at the broker when we came tells nothing new.
Result<void> Chargepoint::take_presence(const BusMessage& message) {
  const auto presence = decode<Online>(message.payload);
  if (!presence) return presence.error();
  if (!presence->online || message.retained == Retain::Yes) return {};
  input_.controller_came = true;
  urgent_ = true;
  return {};
}

// ---- the step decides ----

void Chargepoint::tick() {
  input_.now = clock_.boot();
  const std::optional<UnixTime> utc = clock_.utc_if_synchronised();
  if (utc && file_.ready_by) input_.ready_by = next_after(*utc, *file_.ready_by);
  AgentOutput output = step(file_.settings, input_, std::move(memory_));
  memory_ = std::move(output.memory);
  input_ = AgentInput{};
  act(output);
}

void Chargepoint::act(const AgentOutput& output) {
  for (Direction direction : kDirections)
    if (output.write[direction]) device_.write(direction, *output.write[direction], output.write_before);
  if (output.switch_to) device_.switch_phases(*output.switch_to, output.write_before);
  if (output.supply && supply_) supply_->tell(*output.supply);
  if (output.keep_alive) device_.keep_alive(output.write_before);
  log_events(output.events);
  const AgentId& id = file_.settings.id;
  if (output.offer) publish_signed(topics::offer(file_.site, id), "offer", encode(*output.offer), Retain::Yes);
  if (output.status) tell(*output.status);
  if (memory_.announced && !bus_) announce();
}

void Chargepoint::log_events(const std::vector<AgentEvent>& events) {
  for (const AgentEvent& event : events) {
    if (event.what == AgentEvent::What::State) {
      log_.write(log_name(event.what), {{"from", event.from}, {"to", event.text}});
    } else {
      log_.write(log_name(event.what), {{"ma", event.current}, {"text", event.text}});
    }
  }
}

/// In a moment. What became of one limit is told before what becomes of the next.
void Chargepoint::tell(const Status& status) {
  const auto seq_of = [](const Status& s) { return s.ack ? std::optional(s.ack->seq) : std::nullopt; };
  if (status_due_ && seq_of(status_) != seq_of(status)) send_status();
  status_ = status;
  if (!status_due_) status_due_ = clock_.boot() + kNewsGathers;
}

void Chargepoint::send_status() {
  status_due_.reset();
  const std::string text = encode(status_);
  publish_signed(topics::status(file_.site, file_.settings.id), "status", text, Retain::No);
  if (!file_.status_file) return;
  if (const auto written = replace_file(*file_.status_file, text, FileMode::Readable); !written)
    log_.write("status-file-fails", {{"error", written.error().message()}});
}

// ---- readings ----

void Chargepoint::keep_reading() {
  const BootTime now = clock_.boot();
  auto reading =
      end_of_period(metering_, file_.reading_every, state_of(memory_), memory_.actuation.draw.target.claim, now);
  if (reading) {
    reading->boot = boot_;
    reading->utc = clock_.utc_if_synchronised();
    const auto posted = journal_worker_.post([this, kept = *reading](const std::stop_token&) {
      const auto done = journal_.append(kept);
      if (!done) mailbox_.push(JournalTrouble{done.error().message()});
    });
    if (!posted) log_.write("journal-trouble", {{"error", posted.error().message()}});
  }
  const bool waiting = readings_sent_ && now - *readings_sent_ < kResendReadings;
  if (bus_ && bus_->connected() && !waiting && (reading || readings_sent_ || now.ms() % 5000 < file_.tick.count()))
    send_readings();
}

void Chargepoint::send_readings() {
  readings_sent_ = clock_.boot();
  const auto posted = journal_worker_.post([this](const std::stop_token&) {
    const auto batch = journal_.oldest(file_.settings.id, kReadingsPerBatch);
    if (!batch) return mailbox_.push(JournalTrouble{batch.error().message()});
    if (*batch) mailbox_.push(ReadingsReady{encode(**batch)});
  });
  if (!posted) log_.write("journal-trouble", {{"error", posted.error().message()}});
}

// ---- the broker ----

/// Only once the device has been told 0, or could not be, may others hear of us.
void Chargepoint::announce() {
  const AgentId& id = file_.settings.id;
  BusOptions options;
  options.broker = file_.broker;
  options.client_id = file_.site.str() + "-" + id.str();
  options.subscriptions = {
      {topics::limit(file_.site, id)}, {topics::stored(file_.site, id)}, {topics::online(file_.site, topics::kTrafo)}};
  options.will =
      Publication{topics::online(file_.site, id.str()), encode(Online{false}), Qos::AtLeastOnce, Retain::Yes, {}};
  bus_ = make_bus(options, [this](BusEvent event) {
    const bool message = std::holds_alternative<BusMessage>(event);
    mailbox_.push(std::move(event), message ? WhenFull::MayDrop : WhenFull::Keep);
  });
}

void Chargepoint::publish(const std::string& topic, std::string payload, Retain retain) {
  if (!bus_) return;
  const auto sent = bus_->publish({topic, std::move(payload), Qos::AtLeastOnce, retain, {}});
  if (!sent) log_.write("publish-fails", {{"topic", topic}, {"error", sent.error().message()}});
}

void Chargepoint::publish_signed(const std::string& topic, std::string_view type, const std::string& body,
                                 Retain retain) {
  publish(topic, seal(signer_, file_.deployment, topic, type, body), retain);
}

}  // namespace balans
