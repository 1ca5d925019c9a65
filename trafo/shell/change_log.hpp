#pragma once
// Writes to the event log what has changed from decision to decision.

#include <vector>

#include "common/io/runtime/event_log.hpp"
#include "trafo/core/decide.hpp"

namespace balans {

class ChangeLog {
 public:
  ChangeLog(const Site& site, EventLog& log);

  /// To be called after each decision.
  void write(const Memory& memory, const TrafoState& state);

 private:
  void write_meters(const Memory& memory);
  void write_nodes(const Memory& memory);
  void write_rating(const Memory& memory);
  void write_outside(const std::vector<OutsideLimitState>& now);
  void write_limit(std::string_view event, const OutsideLimitState& limit);

  const Site& site_;
  EventLog& log_;
  std::vector<MeterQuality> qualities_;  ///< by index of the site's meters
  std::vector<bool> disagree_;           ///< by index of the site's nodes
  std::vector<int> tightened_;
  std::optional<RatingBound> bound_;
  std::vector<OutsideLimitState> outside_;
};

}  // namespace balans
