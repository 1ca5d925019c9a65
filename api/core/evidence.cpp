#include "api/core/evidence.hpp"

#include <algorithm>

#include "api/core/limits.hpp"
#include "common/check.hpp"
#include "common/messages/signed.hpp"
#include "common/messages/topics.hpp"

namespace balans::api {
namespace {

/// How far the time at which the controller heard a status may be from that of the device's own readings: clocks are
/// synchronised each by itself, and messages wait a while.
constexpr Millis kClocksApart = 60_s;

template <class Message>
Result<Message> opened(std::string_view text, std::string_view type, const PublicKey& key,
                       const DeploymentId& deployment, const std::string& topic) {
  const auto body = open(text, type, key, deployment, topic);
  if (!body) return body.error().within(std::string(type));
  return decode<Message>(*body);
}

std::string flaw_of_times(const DeviceEvidence& record) {
  const LimitProof& proof = *record.proof;
  const UnixTime end = record.slot + kEvidenceSlot;
  if (proof.sent < record.slot || proof.sent >= end) return "the limit was not sent in the quarter-hour";
  if (proof.heard < record.slot || proof.heard >= end) return "the ack was not heard in the quarter-hour";
  if (proof.heard < proof.sent) return "the ack was heard before the limit was sent";
  if (proof.heard - proof.sent > defaults::kTtlMax) return "the ack was heard when the lease was over";
  return "";
}

std::string flaw_of_ack(const Limit& limit, const Status& status) {
  if (!status.ack) return "the status acknowledges nothing";
  if (status.ack->term() != limit.term() || status.ack->seq != limit.seq)
    return "the status acknowledges another limit";
  if (status.nonce != limit.nonce) return "limit and status are of different sessions";
  if (status.at >= limit.until || limit.until - status.at > defaults::kTtlMax)
    return "limit and status are of different times";
  if (!holds_back(status.ask, limit.max)) return "the limit is nowhere below what the agent asked for";
  return "";
}

std::string flaw_of(const Roster& roster, const SiteId& site, const PublicKey& limit_key, const DeviceEvidence& record,
                    UnixTime now) {
  const auto& agents = roster.sites.at(site).agents;
  const auto enrolled = agents.find(record.agent);
  if (enrolled == agents.end()) return "not an agent of site " + site.str();
  if (record.slot > now + limits::kAhead) return "lies ahead of this clock";
  if (!record.proof) return "no limit with its ack";
  const DeploymentId& deployment = deployment_of(roster, site);
  const auto limit =
      opened<Limit>(record.proof->limit, "limit", limit_key, deployment, topics::limit(site, record.agent));
  if (!limit) return limit.error().message();
  const auto status =
      opened<Status>(record.proof->status, "status", enrolled->second, deployment, topics::status(site, record.agent));
  if (!status) return status.error().message();
  std::string flaw = flaw_of_ack(*limit, *status);
  return flaw.empty() ? flaw_of_times(record) : flaw;
}

}  // namespace

Result<EvidenceIntake> judge_evidence(const Roster& roster, const SiteId& site, std::string envelope, UnixTime now) {
  const auto known = roster.sites.find(site);
  BALANS_CHECK(known != roster.sites.end());
  const auto body = open(envelope, "evidence", known->second.key, deployment_of(roster, site), topics::evidence(site));
  if (!body) return body.error();
  auto batch = decode<EvidenceBatch>(*body);
  if (!batch) return batch.error();
  if (batch->site != site) return Error{"evidence.site", "'" + batch->site.str() + "' is not the site that signed it"};
  EvidenceIntake intake{blake2b(envelope), std::move(envelope), *std::move(batch), {}};
  for (const DeviceEvidence& record : intake.content.devices)
    intake.flaws.push_back(flaw_of(roster, site, intake.content.limit_key, record, now));
  return intake;
}

std::string contradiction(const DeviceEvidence& record, std::span<const Reading> of_the_slot) {
  if (!record.proof) return "";
  const auto message = parse_signed(record.proof->status);
  const auto status = message ? decode<Status>(message->body) : Result<Status>(message.error());
  if (!status) return "";  // told already
  const auto fits = [&](const Reading& reading) {
    const Millis off = *reading.utc + (status->at - reading.at) - record.proof->heard;
    return off <= kClocksApart && off >= -kClocksApart;
  };
  const auto timed = [](const Reading& reading) { return reading.utc.has_value(); };
  const bool any = std::any_of(of_the_slot.begin(), of_the_slot.end(), timed);
  const bool fit = std::any_of(of_the_slot.begin(), of_the_slot.end(),
                               [&](const Reading& reading) { return timed(reading) && fits(reading); });
  return any && !fit ? "by the device's readings the ack is of another time" : "";
}

}  // namespace balans::api
