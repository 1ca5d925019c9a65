#include "api/app/flexibility_record.hpp"

#include <algorithm>

#include "api/app/device_record.hpp"
#include "common/messages/signed.hpp"

namespace balans::api {
namespace {

using flexibility::DeviceSlot;
using flexibility::kMostDevices;

constexpr std::size_t kMostNodes = 5000;
/// What no connection of a household or charge point carries.
constexpr Milliamps kMostCurrent = 80'000_mA;

template <class Message>
std::optional<Message> content_of(const std::string& text) {
  const auto message = parse_signed(text);
  if (!message) return std::nullopt;
  auto content = decode<Message>(message->body);
  return content ? std::optional(*std::move(content)) : std::nullopt;
}

/// The signatures were checked when the record came; one whose proof does not hold shows none.
std::vector<flexibility::Proof> proofs_of(const StoredEvidence& stored) {
  if (!stored.flaw.empty() || !stored.record.proof) return {};
  const auto limit = content_of<Limit>(stored.record.proof->limit);
  const auto status = content_of<Status>(stored.record.proof->status);
  if (!limit || !status) return {};
  return {{*limit, *status, stored.record.proof->heard}};
}

std::vector<std::string> nodes_above(const EvidenceSlot& evidence, const AgentId& device) {
  std::vector<std::string> nodes;
  for (const StoredNodeEvidence& node : evidence.nodes)
    if (std::ranges::find(node.record.bound, device) != node.record.bound.end()) nodes.push_back(node.record.node);
  return nodes;
}

/// What these devices drew in a minute in which no limit held them back: their node's record has it as well.
PerPhase<Milliamps> counted_twice(const std::vector<DeviceSlot>& devices, const EvidenceSlot& evidence,
                                  const std::string& node, UnixTime end) {
  PerPhase<Milliamps> sum;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (std::ranges::find(devices[i].nodes, node) == devices[i].nodes.end()) continue;
    const auto& bound = evidence.records[i].record.minutes;
    if (std::ranges::find(bound, end, &BoundMinute::end) != bound.end()) continue;
    const auto& minutes = devices[i].course.minutes;
    const auto minute = std::ranges::lower_bound(minutes, end, {}, &flexibility::CourseMinute::end);
    if (minute != minutes.end() && minute->end == end) sum += minute->drawn;
  }
  return sum;
}

flexibility::NodeRecord node_record(const NodeEvidence& node, const std::vector<DeviceSlot>& devices,
                                    const EvidenceSlot& evidence) {
  flexibility::NodeRecord record{node.node, {}};
  for (const NodeMinute& minute : node.minutes) {
    PerPhase<Milliamps> base = minute.base;
    base += minute.others;
    base -= counted_twice(devices, evidence, node.node, minute.end);
    record.minutes.push_back({minute.end, base, minute.rating, std::nullopt});
  }
  return record;
}

}  // namespace

Result<EvidenceSlot> evidence_of(Store& store, const SiteId& site, UnixTime slot) {
  const UnixTime end = slot + flexibility::kSlot;
  auto records = store.evidence().devices({site, std::nullopt, slot, end, std::nullopt, kMostDevices});
  if (!records) return records.error();
  EvidenceSlot evidence{site, slot, *std::move(records), {}};
  if (evidence.records.empty()) return evidence;
  auto nodes = store.evidence().nodes(site, slot, end, kMostNodes);
  if (!nodes) return nodes.error();
  evidence.nodes = *std::move(nodes);
  return evidence;
}

Result<flexibility::SiteSlot> record_of(Store& store, const EvidenceSlot& evidence,
                                        const std::map<AgentId, std::string>& connections, UnixTime known) {
  flexibility::SiteSlot made{evidence.slot, {}, {}};
  for (const StoredEvidence& stored : evidence.records) {
    const AgentId& agent = stored.record.agent;
    auto record = device_record(store, evidence.site, stored.record, known);
    if (!record) return record.error();
    DeviceSlot device;
    device.device = agent;
    const auto connection = connections.find(agent);
    device.connection = connection == connections.end() ? "device " + agent.str() : connection->second;
    device.nodes = nodes_above(evidence, agent);
    device.minutes = std::move(record->minutes);
    device.counter_before = record->counter_before;
    device.course = std::move(record->course);
    device.most = kMostCurrent;
    device.proofs = proofs_of(stored);
    made.devices.push_back(std::move(device));
  }
  for (const StoredNodeEvidence& node : evidence.nodes)
    made.nodes.push_back(node_record(node.record, made.devices, evidence));
  return made;
}

}  // namespace balans::api
