#include "trafo/core/evidence.hpp"

#include <algorithm>

#include "trafo/core/step.hpp"

namespace balans {
namespace {

constexpr Millis kMinute = 1_min;
constexpr Millis kLateTick = 10_s;      ///< what is seen so long after a minute's end is not what held then
constexpr Millis kClockSet = 5_s;       ///< the two clocks of a machine that nobody sets do not part so far in a tick
constexpr Millis kLongBefore = 60_min;  ///< a clock that goes back so far was wrong before
constexpr Millis kExportFresh = 2_min;
constexpr std::size_t kMostWaiting = 4;

UnixTime start_of(UnixTime now, Millis length) { return UnixTime(now.ms() / length.count() * length.count()); }

/// Whose limit is no more than the device wants is not held back by it, though its ask may say more.
bool counts(Reason reason) {
  return reason != Reason::Unlimited && reason != Reason::NotAsking && reason != Reason::Reclaim;
}

/// Only these are paid for: a limit that holds back until others have let go, say, is nobody's offer of flexibility.
bool is_want_of_room(Reason reason) {
  return reason == Reason::Capacity || reason == Reason::Waiting || reason == Reason::Overload ||
         reason == Reason::HotSpot;
}

/// The direction in which the newest limit holds the device back; nothing while it is free. One that is not heard is
/// taken to ask for nothing.
std::optional<Direction> held_back(const AgentRecord& agent) {
  if (!agent.offer || !agent.sent || !agent.book.newest) return std::nullopt;
  const Allowance& ask = agent.book.newest->status.ask;
  const Allowance limit = deciding::granted_to(agent);
  for (const Direction d : {Direction::Draw, Direction::Feed}) {
    if (!counts(agent.share(d).reason)) continue;
    if (std::any_of(kPhases.begin(), kPhases.end(), [&](Phase p) { return in(ask, d)[p] > in(limit, d)[p]; })) return d;
  }
  return std::nullopt;
}

PerPhase<Milliamps> writable(PerPhase<Milliamps> current) {
  constexpr Milliamps kMost = 10'000_A;
  return smaller_of(larger_of(current, PerPhase<Milliamps>::all(-kMost)), PerPhase<Milliamps>::all(kMost));
}

EvidenceRow row_of(const Site& site, const Binding& binding) {
  EvidenceRow row{site.nodes[static_cast<std::size_t>(binding.node)].name, std::nullopt};
  if (binding.row != Row::Sum) row.phase = static_cast<Phase>(binding.row);
  return row;
}

/// The moment on the clock that is synchronised now.
UnixTime utc_of(BootTime moment, const Snapshot& snapshot) { return *snapshot.utc - (snapshot.now - moment); }

template <class Record>
void move_some(std::vector<Record>& from, std::size_t most, std::vector<Record>& to) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, from.size()));
  to.assign(std::make_move_iterator(from.begin()), std::make_move_iterator(from.begin() + count));
  from.erase(from.begin(), from.begin() + count);
}

}  // namespace

EvidenceRecorder::EvidenceRecorder(const Site& site, const PublicKey& limit_key)
    : site_(site), limit_key_(limit_key), agents_(site.agents.size()), nodes_(site.nodes.size()) {}

std::vector<EvidenceBatch> EvidenceRecorder::tick(const Snapshot& snapshot, const Memory& memory,
                                                  const TrafoState& state) {
  note_offers(snapshot, memory);
  if (!snapshot.utc || clock_was_set(snapshot)) drop_slot();
  last_tick_.reset();
  if (!snapshot.utc) return {};
  const UnixTime now = *snapshot.utc;
  last_tick_ = {now, snapshot.now};
  const UnixTime minute = start_of(now, kMinute);
  if (minute_ && *minute_ != minute && now - minute <= kLateTick && evidence_slot_of(minute) == *slot_)
    take_minute(minute, snapshot, memory, state);
  minute_ = minute;
  const UnixTime slot = start_of(now, kEvidenceSlot);
  std::vector<EvidenceBatch> batches;
  if (slot_ && *slot_ != slot) batches = close_slot(snapshot.term());
  slot_ = slot;
  return batches;
}

bool EvidenceRecorder::clock_was_set(const Snapshot& snapshot) const {
  if (!last_tick_) return false;
  const Millis off = (*snapshot.utc - last_tick_->first) - (snapshot.now - last_tick_->second);
  return off > kClockSet || off < -kClockSet;
}

/// A clock that was set back a little comes to the same quarter-hour twice; there is one record of each.
bool EvidenceRecorder::was_recorded(UnixTime slot) const {
  return recorded_ && slot <= *recorded_ && *recorded_ - slot < kLongBefore;
}

void EvidenceRecorder::drop_slot() {
  for (Followed& followed : agents_) {
    followed.record.reset();
    followed.bound_by.clear();
    followed.waiting.clear();
    followed.proof.reset();
  }
  for (FollowedNode& node : nodes_) node = {};
  slot_.reset();
  minute_.reset();
}

void EvidenceRecorder::note_offers(const Snapshot& snapshot, const Memory& memory) {
  for (std::size_t i = 0; i < std::min(snapshot.mail.size(), agents_.size()); ++i) {
    if (!snapshot.mail[i].offer) continue;
    Followed& followed = agents_[i];
    const std::optional<Offer>& offer = memory.agents[i].offer;
    const bool needs = offer && (offer->energy_needed || offer->departs);
    std::optional<SeenNeed>& need = followed.need;
    const bool same = needs && need && need->departs == offer->departs &&
                      need->energy.has_value() == offer->energy_needed.has_value() &&
                      offer->energy_needed <= need->energy;
    if (same)
      need->energy = offer->energy_needed;
    else
      need = needs ? std::optional(SeenNeed{offer->energy_needed, offer->departs, snapshot.now}) : std::nullopt;
    const std::optional<std::int64_t> price = offer ? offer->volunteers_for : std::nullopt;
    if (!price)
      followed.price.reset();
    else if (!followed.price || followed.price->per_kwh != *price)
      followed.price = SeenPrice{*price, snapshot.now};
  }
}

void EvidenceRecorder::sent(const OutgoingLimit& outgoing, const std::string& text, const Memory& memory) {
  if (!last_tick_ || text.size() > kMostProofText) return;
  Followed& followed = agents_[outgoing.agent];
  const bool is_better = !followed.proof || (!followed.proof->of_want && is_want_of_room(outgoing.limit.reason));
  if (!is_better || !held_back(memory.agents[outgoing.agent])) return;
  if (followed.waiting.size() == kMostWaiting) followed.waiting.erase(followed.waiting.begin());
  followed.waiting.push_back({outgoing.limit, last_tick_->first, text});
}

void EvidenceRecorder::heard(std::size_t agent, const Status& status, const std::string& text) {
  Followed& followed = agents_[agent];
  if (!last_tick_ || !status.ack || (followed.waiting.empty() && !followed.proof)) return;
  if (text.size() > kMostProofText) return;
  const Ack& ack = *status.ack;
  const auto acked = std::find_if(followed.waiting.begin(), followed.waiting.end(), [&](const SentLimit& waiting) {
    return waiting.limit.term() == ack.term() && waiting.limit.seq == ack.seq && waiting.limit.nonce == status.nonce;
  });
  if (acked == followed.waiting.end() && followed.proof) return note_stage(*followed.proof, status, text);
  if (acked == followed.waiting.end() || !holds_back(status.ask, acked->limit.max)) return;
  Ack of_limit = ack;
  of_limit.limit = acked->limit.max;
  followed.proof = FoundProof{
      of_limit, {acked->at, std::move(acked->text), last_tick_->first, text}, is_want_of_room(acked->limit.reason)};
  followed.waiting.clear();
}

void EvidenceRecorder::note_stage(FoundProof& proof, const Status& status, const std::string& text) const {
  const Ack& ack = *status.ack;
  const bool same = ack.term() == proof.ack.term() && ack.seq == proof.ack.seq;
  if (!same || ack.stage <= proof.ack.stage || !holds_back(status.ask, proof.ack.limit)) return;
  proof.ack.stage = ack.stage;
  proof.texts.heard = last_tick_->first;
  proof.texts.status = text;
}

void EvidenceRecorder::metered(std::size_t agent, const Reading& reading) {
  std::optional<Exported>& exported = agents_[agent].exported;
  if (reading.utc && (!exported || exported->at < *reading.utc))
    exported = Exported{reading.energy_export, *reading.utc};
}

void EvidenceRecorder::take_minute(UnixTime end, const Snapshot& snapshot, const Memory& memory,
                                   const TrafoState& state) {
  if (was_recorded(*slot_) || memory.contest.overtaken_by) return;  // then others' limits hold
  std::vector<bool> bound;                                          // stays empty while nobody is
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const std::optional<Direction> direction = held_back(memory.agents[i]);
    if (!direction) continue;
    bound.resize(agents_.size());
    bound[i] = true;
    take_device(i, *direction, end, snapshot, memory.agents[i]);
  }
  if (bound.empty()) return;
  std::vector<bool> binding(nodes_.size());
  for (std::size_t i = 0; i < agents_.size(); ++i)
    if (bound[i])
      if (const auto& row = memory.agents[i].share(*held_back(memory.agents[i])).binding)
        binding[static_cast<std::size_t>(row->node)] = true;
  for (std::size_t v = 0; v < nodes_.size(); ++v)
    if (binding[v] && v < state.nodes.size()) take_node(v, bound, end, memory, state);
}

void EvidenceRecorder::take_device(std::size_t agent, Direction direction, UnixTime end, const Snapshot& snapshot,
                                   const AgentRecord& record) {
  Followed& followed = agents_[agent];
  if (!followed.last_bound || snapshot.now - *followed.last_bound > kEvidenceSlot) followed.bound_since = snapshot.now;
  followed.last_bound = snapshot.now;
  if (!followed.record) begin_record(agent, end, snapshot);
  const Status& status = record.book.newest->status;
  const Share& share = record.share(direction);
  BoundMinute minute{end, status.ask, deciding::granted_to(record), share.reason, status.energy, std::nullopt};
  const std::optional<Exported>& exported = followed.exported;
  if (exported && exported->at <= end && end - exported->at <= kExportFresh) minute.energy_export = exported->counter;
  followed.record->minutes.push_back(std::move(minute));
  if (!share.binding) return;
  for (auto& [binding, minutes] : followed.bound_by)
    if (binding == *share.binding) return void(++minutes);
  followed.bound_by.emplace_back(*share.binding, 1);
}

/// What was declared counts as it was known in the first minute.
void EvidenceRecorder::begin_record(std::size_t agent, UnixTime end, const Snapshot& snapshot) {
  Followed& followed = agents_[agent];
  DeviceEvidence& record = followed.record.emplace();
  record.agent = site_.agents[agent].id;
  record.slot = *slot_;
  record.kind = site_.agents[agent].kind;
  record.bound_since = std::min(end, utc_of(*followed.bound_since, snapshot));
  if (const auto& need = followed.need)
    record.need = DeclaredNeed{need->energy, need->departs, utc_of(need->since, snapshot)};
  if (const auto& price = followed.price) record.price = AnnouncedPrice{price->per_kwh, utc_of(price->since, snapshot)};
}

void EvidenceRecorder::take_node(std::size_t node, const std::vector<bool>& bound, UnixTime end, const Memory& memory,
                                 const TrafoState& state) {
  FollowedNode& followed = nodes_[node];
  followed.bound.resize(agents_.size());
  NodeMinute minute{end, state.nodes[node].base, {}, state.nodes[node].rating};
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (!is_below(site_, site_.agents[i].node, node)) continue;
    if (bound[i])
      followed.bound[i] = true;
    else if (const auto& measured = memory.agents[i].measured)
      minute.others += *measured;
  }
  minute.others = writable(minute.others);
  followed.minutes.push_back(minute);
}

std::vector<EvidenceBatch> EvidenceRecorder::close_slot(const Term& term) {
  std::vector<DeviceEvidence> devices;
  std::vector<NodeEvidence> nodes;
  for (Followed& followed : agents_)
    if (followed.record) devices.push_back(close(followed));
  for (std::size_t v = 0; v < nodes_.size(); ++v)
    if (!nodes_[v].minutes.empty()) nodes.push_back(close(v));
  if (!devices.empty()) recorded_ = *slot_;
  drop_slot();
  if (term != numbered_) number_ = 0;
  numbered_ = term;
  std::vector<EvidenceBatch> batches;
  while (!devices.empty() || !nodes.empty()) {
    EvidenceBatch& batch = batches.emplace_back(EvidenceBatch{site_.id, term, ++number_, limit_key_, {}, {}});
    move_some(devices, kMostDeviceRecords, batch.devices);
    move_some(nodes, kMostNodeRecords, batch.nodes);
  }
  return batches;
}

DeviceEvidence EvidenceRecorder::close(Followed& followed) const {
  DeviceEvidence record = *std::move(followed.record);
  if (followed.proof) record.proof = std::move(followed.proof->texts);
  const auto most = std::max_element(followed.bound_by.begin(), followed.bound_by.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != followed.bound_by.end()) record.row = row_of(site_, most->first);
  return record;
}

NodeEvidence EvidenceRecorder::close(std::size_t node) {
  NodeEvidence record{site_.nodes[node].name, parent_of(node), *slot_, std::move(nodes_[node].minutes), {}};
  for (std::size_t i = 0; i < agents_.size(); ++i)
    if (nodes_[node].bound[i]) record.bound.push_back(site_.agents[i].id);
  return record;
}

std::string EvidenceRecorder::parent_of(std::size_t node) const {
  const int parent = site_.nodes[node].parent;
  return parent == kNoParent ? "" : site_.nodes[static_cast<std::size_t>(parent)].name;
}

}  // namespace balans
