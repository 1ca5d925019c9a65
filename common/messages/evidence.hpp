#pragma once
// What proves that a device was held back, and by how much: the controller's record of each quarter-hour, with the
// signed limit and the agent's signed acknowledgement of it. Flexibility is paid by this and by signed readings alone.
//
// It travels as a signed message of type `evidence` on the topic `balans/{site}/trafo/evidence`, by the site's key.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/messages/messages.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

inline constexpr Millis kEvidenceSlot = 15_min;
inline constexpr std::size_t kMinutesPerSlot = 15;
/// So many in a batch: the longest, sealed, still fit one message.
inline constexpr std::size_t kMostDeviceRecords = 12;
inline constexpr std::size_t kMostNodeRecords = 6;
inline constexpr std::size_t kMostProofText = 2048;

/// The row that bound a device: a node, and one of its phases or its limit over the three together.
struct EvidenceRow {
  std::string node;
  std::optional<Phase> phase;  ///< absent: the limit in kVA
  bool operator==(const EvidenceRow&) const = default;
};

/// What held at the end of a minute in which the device asked for more than its limit.
struct BoundMinute {
  UnixTime end;
  Allowance ask;
  Allowance limit;
  Reason reason = Reason::Capacity;
  std::optional<WattHours> energy_import;  ///< counter, of the newest signed status
  std::optional<WattHours> energy_export;  ///< counter, of the newest signed reading
  bool operator==(const BoundMinute&) const = default;
};

/// What the thing that is plugged in still needs, and since when that is known. A need that only shrinks, as charging
/// makes it, is the same declaration.
struct DeclaredNeed {
  std::optional<WattHours> energy;
  std::optional<UnixTime> departs;
  UnixTime declared;
  bool operator==(const DeclaredNeed&) const = default;
};

/// The price for which it volunteers, and since when.
struct AnnouncedPrice {
  std::int64_t per_kwh = 0;  ///< base units
  UnixTime announced;
  bool operator==(const AnnouncedPrice&) const = default;
};

/// Signed texts as they were sent: the first limit of the slot that bound the device and was acknowledged, and the
/// agent's status that says so.
struct LimitProof {
  UnixTime sent;
  std::string limit;
  UnixTime heard;
  std::string status;
  bool operator==(const LimitProof&) const = default;
};

/// One device in one quarter-hour in which a limit bound it.
struct DeviceEvidence {
  AgentId agent;
  UnixTime slot;  ///< its start
  DeviceKind kind = DeviceKind::Charger;
  std::optional<EvidenceRow> row;  ///< that bound it in most of the minutes
  UnixTime bound_since;            ///< end of the first minute of this event; less than a slot unbound is no end
  std::optional<DeclaredNeed> need;
  std::optional<AnnouncedPrice> price;
  std::vector<BoundMinute> minutes;  ///< ascending, 1 to 15
  std::optional<LimitProof> proof;
  bool operator==(const DeviceEvidence&) const = default;
};

/// A need that was declared when the event had begun already.
inline bool declared_late(const DeviceEvidence& record) {
  return record.need && record.need->declared > record.bound_since;
}

/// What a node carried at the end of a minute in which it bound somebody.
struct NodeMinute {
  UnixTime end;
  PerPhase<Milliamps> base;    ///< load that nobody controls
  PerPhase<Milliamps> others;  ///< what devices below it drew that no limit held back
  PerPhase<Milliamps> rating;
  bool operator==(const NodeMinute&) const = default;
};

/// One node in one quarter-hour in which it bound a device.
struct NodeEvidence {
  std::string node;
  std::string parent;  ///< empty: the transformer itself
  UnixTime slot;
  std::vector<NodeMinute> minutes;  ///< ascending, 1 to 15
  std::vector<AgentId> bound;       ///< devices below it that a limit held back in any of these minutes
  bool operator==(const NodeEvidence&) const = default;
};

/// Batches of one controller's term are numbered from 1 without a gap, so that none is lost or taken twice unseen.
struct EvidenceBatch {
  SiteId site;
  Term term;
  std::uint64_t number = 0;
  PublicKey limit_key;  ///< that this controller signs its limits with
  std::vector<DeviceEvidence> devices;
  std::vector<NodeEvidence> nodes;
  bool operator==(const EvidenceBatch&) const = default;
};

std::string encode(const EvidenceBatch& batch);
/// The records alone, as they stand in a batch.
std::string encode(const DeviceEvidence& record);
std::string encode(const NodeEvidence& record);
template <>
Result<EvidenceBatch> decode(std::string_view json);
template <>
Result<DeviceEvidence> decode(std::string_view json);
template <>
Result<NodeEvidence> decode(std::string_view json);

/// Whether `limit` is less than is asked for, on any phase in either direction.
bool holds_back(const Allowance& ask, const Allowance& limit);

/// The quarter-hour in which a minute that ends at `end` lies.
constexpr UnixTime evidence_slot_of(UnixTime end) {
  return UnixTime((end.ms() - 1) / kEvidenceSlot.count() * kEvidenceSlot.count());
}

}  // namespace balans
