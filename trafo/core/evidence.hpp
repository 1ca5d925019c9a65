#pragma once
// Keeps what proves that devices were held back: minute by minute who asked for more than its limit, and of each
// quarter-hour the signed limit and the agent's signed ack of it. It only watches: nothing that is decided depends on
// it, and while no limit binds anybody it holds no more than what agents have declared.
//
// Memory: an agent that is bound has at most four signed limits, one proof and fifteen minutes here, each text at most
// kMostProofText; in practice 4 kB, so 2 MB where 500 agents are bound at once.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/messages/evidence.hpp"
#include "trafo/core/decide.hpp"

namespace balans {

class EvidenceRecorder {
 public:
  /// `site` outlives the recorder; limits are signed by the key `limit_key`.
  EvidenceRecorder(const Site& site, const PublicKey& limit_key);

  /// To be called after each decision, before its limits go out and while its mail is there. The batches of a
  /// quarter-hour that has ended; nothing where it bound nobody. Without a synchronised clock nothing is recorded, and
  /// what the quarter-hour had so far is dropped; the same when the clock has been set.
  std::vector<EvidenceBatch> tick(const Snapshot& snapshot, const Memory& memory, const TrafoState& state);
  /// A limit goes out as this signed text. `memory` is the decision's.
  void sent(const OutgoingLimit& outgoing, const std::string& text, const Memory& memory);
  /// A status that was verified, and its signed text.
  void heard(std::size_t agent, const Status& status, const std::string& text);
  /// The newest of an agent's verified readings.
  void metered(std::size_t agent, const Reading& reading);

 private:
  struct SentLimit {
    Limit limit;
    UnixTime at;
    std::string text;
  };
  struct FoundProof {
    Ack ack;
    LimitProof texts;
    bool of_want = false;  ///< its limit held back for want of room, which is what is paid for
  };
  /// First seen unchanged: the clock that is set later does not change how long ago that was.
  struct SeenNeed {
    std::optional<WattHours> energy;
    std::optional<UnixTime> departs;
    BootTime since;
  };
  struct SeenPrice {
    std::int64_t per_kwh = 0;
    BootTime since;
  };
  struct Exported {
    WattHours counter;
    UnixTime at;
  };
  struct Followed {
    std::optional<SeenNeed> need;
    std::optional<SeenPrice> price;
    std::optional<Exported> exported;
    std::optional<BootTime> bound_since, last_bound;
    std::vector<SentLimit> waiting;  ///< limits of this quarter-hour that bind and are not acked, oldest first
    std::optional<FoundProof> proof;
    std::optional<DeviceEvidence> record;           ///< of this quarter-hour
    std::vector<std::pair<Binding, int>> bound_by;  ///< in how many of its minutes
  };
  struct FollowedNode {
    std::vector<NodeMinute> minutes;
    std::vector<bool> bound;  ///< by index of the enrolment; empty: nobody
  };

  void note_offers(const Snapshot& snapshot, const Memory& memory);
  /// A status about the limit that is the proof takes the place of one of an earlier stage.
  void note_stage(FoundProof& proof, const Status& status, const std::string& text) const;
  void drop_slot();
  [[nodiscard]] bool clock_was_set(const Snapshot& snapshot) const;
  [[nodiscard]] bool was_recorded(UnixTime slot) const;
  void take_minute(UnixTime end, const Snapshot& snapshot, const Memory& memory, const TrafoState& state);
  void take_device(std::size_t agent, Direction direction, UnixTime end, const Snapshot& snapshot,
                   const AgentRecord& record);
  void begin_record(std::size_t agent, UnixTime end, const Snapshot& snapshot);
  void take_node(std::size_t node, const std::vector<bool>& bound, UnixTime end, const Memory& memory,
                 const TrafoState& state);
  std::vector<EvidenceBatch> close_slot(const Term& term);
  [[nodiscard]] DeviceEvidence close(Followed& followed) const;
  [[nodiscard]] NodeEvidence close(std::size_t node);
  [[nodiscard]] std::string parent_of(std::size_t node) const;

  const Site& site_;
  const PublicKey limit_key_;
  std::vector<Followed> agents_;     ///< by index of the enrolment
  std::vector<FollowedNode> nodes_;  ///< by index of the site's nodes
  std::optional<std::pair<UnixTime, BootTime>> last_tick_;
  std::optional<UnixTime> slot_;      ///< the open one
  std::optional<UnixTime> minute_;    ///< the start of the one that runs
  std::optional<UnixTime> recorded_;  ///< the newest slot of which there were records
  Term numbered_;
  std::uint64_t number_ = 0;  ///< of the newest batch of that term
};

}  // namespace balans
