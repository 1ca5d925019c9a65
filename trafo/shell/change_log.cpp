#include "trafo/shell/change_log.hpp"

#include <algorithm>

namespace balans {
namespace {

bool contains(const std::vector<OutsideLimitState>& limits, const OutsideLimitState& limit) {
  return std::find(limits.begin(), limits.end(), limit) != limits.end();
}

}  // namespace

ChangeLog::ChangeLog(const Site& site, EventLog& log)
    : site_(site),
      log_(log),
      qualities_(site.meters.size(), MeterQuality::Missing),
      disagree_(site.nodes.size()),
      tightened_(site.nodes.size()) {}

void ChangeLog::write(const Memory& memory, const TrafoState& state) {
  write_meters(memory);
  write_nodes(memory);
  write_rating(memory);
  write_outside(state.outside);
}

void ChangeLog::write_meters(const Memory& memory) {
  for (std::size_t m = 0; m < qualities_.size(); ++m) {
    const MeterTrust& trust = memory.meters[m];
    if (trust.quality != qualities_[m])
      log_.write("meter-quality", {{"meter", site_.meters[m].name},
                                   {"from", name_of(qualities_[m])},
                                   {"to", name_of(trust.quality)},
                                   {"doubt", trust.doubt}});
    qualities_[m] = trust.quality;
  }
}

void ChangeLog::write_nodes(const Memory& memory) {
  for (std::size_t v = 0; v < disagree_.size(); ++v) {
    const NodeRecord& node = memory.nodes[v];
    const bool disagree = node.disagree_since.has_value();
    if (disagree != disagree_[v])
      log_.write(disagree ? "meters-disagree" : "meters-agree", {{"node", site_.nodes[v].name}});
    disagree_[v] = disagree;
    if (node.voltage.tightened != tightened_[v])
      log_.write("low-voltage", {{"node", site_.nodes[v].name}, {"steps", node.voltage.tightened}});
    tightened_[v] = node.voltage.tightened;
  }
}

void ChangeLog::write_rating(const Memory& memory) {
  if (!memory.rated || memory.rated->bound == bound_) return;
  bound_ = memory.rated->bound;
  log_.write("rating-bound", {{"by", name_of(*bound_)},
                              {"permille", memory.rated->permille},
                              {"top_oil_mdeg", memory.rated->top_oil},
                              {"hot_spot_mdeg", memory.rated->hot_spot.largest()}});
}

void ChangeLog::write_outside(const std::vector<OutsideLimitState>& now) {
  if (now == outside_) return;
  for (const OutsideLimitState& limit : outside_)
    if (!contains(now, limit)) write_limit("outside-limit-ends", limit);
  for (const OutsideLimitState& limit : now)
    if (!contains(outside_, limit)) write_limit("outside-limit-begins", limit);
  outside_ = now;
}

void ChangeLog::write_limit(std::string_view event, const OutsideLimitState& limit) {
  constexpr Milliamps kNoLimit = 10'000_A;  // what the message shows where there is none
  std::vector<EventLog::Field> fields{{"node", limit.node}, {"source", name_of(limit.source)}};
  if (limit.agent) fields.emplace_back("agent", limit.agent->str());
  if (limit.max.draw.smallest() < kNoLimit) fields.emplace_back("max_ma", limit.max.draw);
  if (limit.max.feed.smallest() < kNoLimit) fields.emplace_back("max_feed_ma", limit.max.feed);
  if (limit.until) fields.emplace_back("until_ms", limit.until->ms());
  log_.write(event, fields);
}

}  // namespace balans
