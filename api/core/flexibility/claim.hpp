#pragma once
// What one device may claim for one quarter-hour: whole counter steps of its course minus its meter, no more than
// signed and acknowledged limits kept back, and only with readings that can be.

#include <set>

#include "api/core/flexibility/record.hpp"

namespace balans::api::flexibility {

/// A limit and the status that acknowledged it, both opened with the keys that are pinned for the site and the device.
struct Proof {
  Limit limit;
  Status status;
  UnixTime acknowledged;  ///< when that status was, by the site's record
};

/// A limit pays once, whatever quarter-hour it is shown for.
struct ProofKey {
  AgentId device;
  Epoch epoch;
  BootId boot;
  Seq seq;
  auto operator<=>(const ProofKey&) const = default;
};
using UsedProofs = std::set<ProofKey>;

/// Everything about one device that a quarter-hour is judged by.
struct DeviceSlot {
  AgentId device;
  std::string connection;          ///< the household's or the charge point's
  std::vector<std::string> nodes;  ///< with a record of their own, that its current flows through
  std::vector<Minute> minutes;     ///< that its course was reckoned from, and the first one after it was unplugged
  WattHours counter_before;        ///< import counter before the first of them
  Course course;                   ///< of the same minutes
  WattHours step = 1_Wh;           ///< of its counter
  Milliamps most;                  ///< on a phase, by its offer or its connection, whichever is smaller
  std::vector<Proof> proofs;
};

enum class Verdict : std::uint8_t {
  Counts,
  NothingWithheld,  ///< no limit of a full row kept anything back, or the meter shows as much as the course
  NoProof,          ///< no acknowledged limit of this quarter-hour
  Replayed,         ///< its limits have been paid before
  NoReading,        ///< the counter is not known around the quarter-hour
  // For a person to look at. Nothing is paid, and nobody is cut off.
  MeterDisagrees,  ///< the counter stands still while current flows, or runs ahead of it
  Impossible,      ///< more than the connection or the offer can carry
  AboveRowChange,  ///< more than the row, or the device's own connection, changed by
  BadRecord,       ///< the record contradicts itself
};
constexpr bool is_for_review(Verdict verdict) { return verdict >= Verdict::MeterDisagrees; }
std::string_view name_of(Verdict verdict);  // "counts", "nothing-withheld", …

struct Claim {
  Verdict verdict = Verdict::NothingWithheld;
  WattHours energy;              ///< 0 unless it counts
  std::string node;              ///< that kept most of it back
  PhaseSet phases;               ///< that it was kept back on
  std::vector<ProofKey> proofs;  ///< to be added to the used ones when it is paid
};

/// Whether limit and status belong together, to the device's session and to this quarter-hour, and the row was full.
bool is_valid(const Proof& proof, UnixTime slot);
Claim claim_of(const DeviceSlot& device, UnixTime slot, const UsedProofs& used);

}  // namespace balans::api::flexibility
