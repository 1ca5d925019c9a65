#include "trafo/shell/controller.hpp"

#include <algorithm>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/memory.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"
#include "trafo/shell/local_time.hpp"

namespace balans {
namespace {

constexpr int kMaxMessagesPerTick = 64;  // of one agent; everything but readings is renewed, and those are sent again

constexpr std::size_t kMaxAlarms = 100;  // of the message, and of each of them
constexpr std::size_t kMaxAlarm = 800;

std::chrono::seconds whole_seconds(std::chrono::nanoseconds time) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(time), std::chrono::seconds(1));
}

/// For whoever asks the service manager.
std::string status_line(const TrafoState& state, bool connected) {
  const auto heard = std::count_if(state.devices.begin(), state.devices.end(),
                                   [](const DeviceState& device) { return !device.silent; });
  const auto good = std::count_if(state.meters.begin(), state.meters.end(),
                                  [](const MeterState& meter) { return meter.quality == MeterQuality::Good; });
  return std::to_string(heard) + " of " + std::to_string(state.devices.size()) + " agents heard, " +
         std::to_string(good) + " of " + std::to_string(state.meters.size()) + " meters good, broker " +
         (connected ? "connected" : "away") + ", " + std::to_string(state.alarms.size()) + " alarms";
}

RatingInput rating_input(const Snapshot& snapshot) {
  return {snapshot.now, std::nullopt, snapshot.ambient, snapshot.local};
}

}  // namespace

Controller::Controller(const SiteFile& file, const Signer& signer, EpochCounter epoch, const Clock& clock,
                       EventLog& log, Mailbox<TrafoEvent>& mailbox, Recorder& recorder)
    : file_(file),
      signer_(signer),
      epoch_(std::move(epoch)),
      clock_(clock),
      log_(log),
      mailbox_(mailbox),
      recorder_(recorder),
      revocations_(file.revoked_file),
      changes_(file.site, log),
      evidence_(file.site, signer.public_key()),
      memory_(fresh_memory(file.site, clock.boot())),
      meter_fails_(file.site.meters.size()) {
  for (std::size_t i = 0; i < file.site.agents.size(); ++i) index_[enrolled(i).id] = i;
  if (file.limits_file) limits_.emplace(*file.limits_file, file.state_dir / "limits.json", file.site);
  if (file.site.rating) thermal_.emplace(file.state_dir / "thermal.json", *file.site.rating, clock, log);
  look_at_revocations();
  snapshot_.meters.resize(file.site.meters.size());
  snapshot_.mail.resize(file.site.agents.size());
  messages_.resize(file.site.agents.size());
}

BusOptions Controller::bus_options(const SiteFile& file) {
  const SiteId& site = file.site.id;
  BusOptions options;
  options.broker = file.broker;
  options.client_id = site.str() + "-" + std::string(topics::kTrafo);
  for (const char* what : {"offer", "status", "readings"}) options.subscriptions.push_back({topics::every(site, what)});
  options.will =
      Publication{topics::online(site, topics::kTrafo), encode(Online{false}), Qos::AtLeastOnce, Retain::Yes, {}};
  return options;
}

void Controller::run(Bus& bus, Supervisor& supervisor) {
  bus_ = &bus;
  supervisor_ = &supervisor;
  log_.write("started", {{"epoch", epoch_.epoch().value}, {"agents", static_cast<std::int64_t>(index_.size())}});
  BootTime next = clock_.boot();
  MemoryOfStart start(next);
  while (!mailbox_.stopped()) {
    for (TrafoEvent& event : mailbox_.wait_until(clock_, next)) take(event);
    const BootTime now = clock_.boot();
    if (now < next && !trip_) continue;
    trip_ = false;
    tick();
    start.look(now);
    for (next = next + file_.site.tick; next <= now; next = next + file_.site.tick) ++missed_ticks_;
  }
  supervisor.stopping();
  if (thermal_ && memory_.rating) thermal_->save_at_end(*memory_.rating);
  log_.write("stopped");
}

// ---- events only fill the snapshot ----

void Controller::take(TrafoEvent& event) {
  std::visit([this](auto& e) { take(e); }, event);
}

void Controller::take(BusEvent& event) {
  if (std::holds_alternative<BusConnected>(event)) {
    log_.write("broker-connected");
    publish({topics::online(file_.site.id, topics::kTrafo), encode(Online{true}), Qos::AtLeastOnce, Retain::Yes, {}});
  } else if (const auto* lost = std::get_if<BusLost>(&event)) {
    log_.write("broker-lost", {{"reason", lost->reason}});
  } else {
    take_message(std::get<BusMessage>(event));
  }
}

void Controller::take(const MeterPolled& polled) {
  const Meter& meter = file_.site.meters[polled.meter];
  const bool fails = !polled.sample.ok();
  if (fails != meter_fails_[polled.meter])
    log_.write(fails ? "meter-fails" : "meter-answers",
               {{"meter", meter.name}, {"error", fails ? polled.sample.error().message() : ""}});
  meter_fails_[polled.meter] = fails;
  if (fails) return;
  if (over_its_limit(*polled.sample, meter.node)) trip_ = true;
  snapshot_.meters[polled.meter] = *polled.sample;
}

/// Whether what flows at the node is more than may flow there for long, either way.
bool Controller::over_its_limit(const MeterSample& sample, std::size_t node) const {
  const Site& site = file_.site;
  PerPhase<Milliamps> most = memory_.rated ? memory_.rated->normal : static_rating(site);
  for (int v = static_cast<int>(node); v != kNoParent; v = site.nodes[static_cast<std::size_t>(v)].parent)
    if (const auto& max = site.nodes[static_cast<std::size_t>(v)].max)
      most = smaller_of(most, PerPhase<Milliamps>::all(*max));
  return std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) {
    const Milliamps back = std::min(most[p], site.nodes[node].max_feed.value_or(most[p]));
    return sample.current[p] > less_margin(site, most[p]) || -sample.current[p] > less_margin(site, back);
  });
}

void Controller::take(const AmbientPolled& polled) {
  const bool fails = !polled.reading.ok();
  if (fails != thermometer_fails_)
    log_.write(fails ? "thermometer-fails" : "thermometer-answers",
               {{"error", fails ? polled.reading.error().message() : ""}});
  thermometer_fails_ = fails;
  if (!fails) snapshot_.ambient = *polled.reading;
}

void Controller::take(const ReadingsCommitted& committed) {
  const std::string topic = topics::stored(file_.site.id, committed.agent);
  publish({topic,
           seal(signer_, file_.deployment, topic, "stored", encode(Stored{committed.through})),
           Qos::AtLeastOnce,
           Retain::No,
           {}});
  log_.write("readings-committed", {{"agent", committed.agent.str()}, {"through", committed.through}});
}

void Controller::take(const OutboxTrouble& trouble) { log_.write("outbox-trouble", {{"error", trouble.what}}); }

void Controller::take(const UplinkReport& report) {
  std::string& last = last_uplink_error_[report.what];
  if (report.error != last)
    log_.write(report.error.empty() ? "api-answers" : "api-fails", {{"what", report.what}, {"error", report.error}});
  last = report.error;
  if (report.delivered > 0 && (report.what == "readings" || report.what == "evidence"))
    log_.write(report.what + "-delivered", {{"batches", report.delivered}});
}

void Controller::take(const OrdersChanged& orders) {
  begin_with(orders.limits);
  log_.write("orders", {{"what", orders.what}, {"limits", static_cast<std::int64_t>(orders.limits.size())}});
}

void Controller::take(const ReloadAsked& reload) {
  supervisor_->reloading();  // until the end of the next tick
  bus_->reconnect();
  log_.write("reloaded", {{"anew", "certificates, connection to the broker"}, {"config", reload.config}});
}

void Controller::take_message(const BusMessage& message) {
  const auto parts = topics::parse(file_.site.id, message.topic);
  const auto agent = parts ? index_.find(parts->who) : index_.end();
  // Counted before signatures are checked: a flood must not hold up the tick.
  if (agent != index_.end() && ++messages_[agent->second] > kMaxMessagesPerTick) return;
  const Result<void> taken = agent == index_.end() ? Result<void>(Error{"", "not an enrolled agent"})
                                                   : take_mail(agent->second, parts->what, message);
  if (!taken) log_.write("message-refused", {{"topic", message.topic}, {"error", taken.error().message()}});
}

Result<void> Controller::take_mail(std::size_t agent, const std::string& what, const BusMessage& message) {
  // Like an agent that has gone silent: what it holds runs out, what it may draw by itself stays booked.
  if (revocations_.revoked(enrolled(agent).key)) return Error{"", "its key is revoked"};
  if (what == "readings") return take_readings(agent, message);
  const auto body = open(message.payload, what, enrolled(agent).key, file_.deployment, message.topic);
  if (!body) return body.error();
  AgentMail& mail = snapshot_.mail[agent];
  if (what == "offer") {
    const auto offer = decode<Offer>(*body);
    if (!offer) return offer.error();
    mail.offer = *offer;
    return {};
  }
  const auto status = decode<Status>(*body);
  if (!status) return status.error();
  mail.statuses.push_back({*status, clock_.boot()});
  evidence_.heard(agent, *status, message.payload);
  return {};
}

Result<void> Controller::take_readings(std::size_t agent, const BusMessage& message) {
  const auto body = open(message.payload, "readings", enrolled(agent).key, file_.deployment, message.topic);
  if (!body) return body.error();
  const auto batch = decode<ReadingBatch>(*body);
  if (!batch) return batch.error();
  if (batch->agent != enrolled(agent).id) return Error{"readings.agent", "is not the agent of the topic"};
  evidence_.metered(agent, batch->readings.back());
  return recorder_.keep(batch->agent, batch->readings.front().seq, batch->readings.back().seq, message.payload);
}

// ---- the tick decides ----

void Controller::tick() {
  fill_snapshot();
  if (thermal_) thermal_->resume(rating_input(snapshot_), snapshot_.utc, memory_.rating);
  Decision decision = decide(file_.site, snapshot_, std::move(memory_));
  memory_ = std::move(decision.memory);
  recorder_.keep(evidence_.tick(snapshot_, memory_, decision.state));
  for (AgentMail& mail : snapshot_.mail) mail = {};
  std::fill(messages_.begin(), messages_.end(), 0);

  publish_limits(decision.limits);
  changes_.write(memory_, decision.state);
  log_notices(decision.notices);
  if (decision.higher_epoch) move_above(*decision.higher_epoch);
  const std::string status = status_line(decision.state, bus_->connected());
  publish_state(std::move(decision.state));
  if (thermal_ && memory_.rating) thermal_->save_if_due(*memory_.rating);
  supervisor_->beat(status);
}

void Controller::fill_snapshot() {
  snapshot_.now = clock_.boot();
  snapshot_.utc = clock_.utc_if_synchronised();
  snapshot_.local = snapshot_.utc ? local_time(*snapshot_.utc) : std::nullopt;
  snapshot_.epoch = epoch_.epoch();
  snapshot_.boot = epoch_.boot_id();
  if (limits_) look_at_limits();
  look_at_revocations();
}

void Controller::look_at_revocations() {
  if (revocations_.look() == RevocationWatch::Look::Same) return;
  std::string agents;
  for (const Enrolment& agent : file_.site.agents)
    if (revocations_.revoked(agent.key)) agents += (agents.empty() ? "" : " ") + agent.id.str();
  log_.write("revocations",
             {{"agents", agents}, {"error", revocations_.trouble() ? revocations_.trouble()->message() : ""}});
}

void Controller::look_at_limits() {
  const LimitsFile::Look look = limits_->look();
  if (look == LimitsFile::Look::Same) return;
  if (look == LimitsFile::Look::Refused)
    log_.write("limits-file-refused", {{"error", limits_->trouble()->message()},
                                       {"kept", static_cast<std::int64_t>(limits_->limits().size())}});
  if (look == LimitsFile::Look::Taken)
    log_.write("limits-file-taken", {{"limits", static_cast<std::int64_t>(limits_->limits().size())}});
  if (limits_->copy_trouble()) log_.write("limits-copy-fails", {{"error", limits_->copy_trouble()->message()}});
  gather_outside();
}

/// The limits file's and the api's are one list.
void Controller::gather_outside() {
  snapshot_.outside = limits_ ? limits_->limits() : std::vector<OutsideLimit>();
  snapshot_.outside.insert(snapshot_.outside.end(), ordered_.begin(), ordered_.end());
}

void Controller::begin_with(std::vector<OutsideLimit> ordered) {
  ordered_ = std::move(ordered);
  gather_outside();
}

void Controller::publish_limits(const std::vector<OutgoingLimit>& limits) {
  for (const OutgoingLimit& outgoing : limits) {
    const AgentId& agent = enrolled(outgoing.agent).id;
    const std::string topic = topics::limit(file_.site.id, agent);
    const std::string text = seal(signer_, file_.deployment, topic, "limit", encode(outgoing.limit));
    publish({topic, text, Qos::AtLeastOnce, Retain::No, whole_seconds(clock_.wall(file_.site.ttl))});
    evidence_.sent(outgoing, text, memory_);
    log_.write("limit-sent", {{"agent", agent.str()},
                              {"epoch", outgoing.limit.epoch.value},
                              {"seq", outgoing.limit.seq.value},
                              {"ma", outgoing.limit.max.draw},
                              {"feed_ma", outgoing.limit.max.feed},
                              {"may_raise", outgoing.limit.may_raise},
                              {"reason", name_of(outgoing.limit.reason)}});
  }
}

void Controller::publish_state(TrafoState state) {
  if (limits_ && limits_->trouble() && state.alarms.size() < kMaxAlarms)
    state.alarms.push_back(("limits file: " + limits_->trouble()->message()).substr(0, kMaxAlarm));
  if (revocations_.trouble() && state.alarms.size() < kMaxAlarms)
    state.alarms.push_back(("revoked keys: " + revocations_.trouble()->message()).substr(0, kMaxAlarm));
  for (const Enrolment& agent : file_.site.agents)
    if (revocations_.revoked(agent.key) && state.alarms.size() < kMaxAlarms)
      state.alarms.push_back(agent.id.str() + " is revoked and still enrolled: what it may draw by itself is booked");
  state.at = clock_.utc();
  state.missed_ticks = missed_ticks_;
  const std::string text = encode(state);
  if (bus_->connected())
    publish({topics::trafo_state(file_.site.id), text, Qos::AtLeastOnce, Retain::Yes,
             whole_seconds(clock_.wall(file_.site.ttl))});
  recorder_.tick(text);
  if (!file_.status_file) return;
  if (const auto written = replace_file(*file_.status_file, text, FileMode::Readable); !written)
    log_.write("status-file-fails", {{"error", written.error().message()}});
}

void Controller::log_notices(const std::vector<Notice>& notices) {
  for (const Notice& notice : notices) {
    const std::string agent = notice.agent ? enrolled(*notice.agent).id.str() : "";
    log_.write(name_of(notice.what), {{"agent", agent}, {"text", notice.text}});
  }
}

void Controller::move_above(Epoch seen) {
  if (const auto moved = epoch_.move_above(seen); !moved) {
    log_.write("epoch-fails", {{"error", moved.error().message()}});
    mailbox_.stop();  // without a higher epoch no limit of ours would be obeyed: let the supervisor see it
    return;
  }
  memory_ = after_move(file_.site, std::move(memory_), clock_.boot());
  log_.write("epoch-moved", {{"epoch", epoch_.epoch().value}});
}

void Controller::publish(Publication publication) {
  const std::string topic = publication.topic;
  if (const auto sent = bus_->publish(publication); !sent)
    log_.write("publish-fails", {{"topic", topic}, {"error", sent.error().message()}});
}

}  // namespace balans
