#pragma once
// What a site's limits moved and kept back in truth, and what the rule pays for it.

#include <deque>
#include <map>

#include "api/core/flexibility/settle.hpp"
#include "tests/bench/flexibility/site.hpp"

namespace balans::bench {

struct SiteResult {
  std::string site;
  std::size_t chargers = 0, stays = 0;
  double delivered_kwh = 0;
  double too_much_kwh = 0;  ///< would have flowed above the row's rating without limits
  double moved_kwh = 0;     ///< delivered in a later quarter-hour than without limits
  double lost_kwh = 0;      ///< not delivered at all
  double naive_kwh = 0;     ///< ask minus meter while a limit binds
  double longer_kwh = 0;    ///< the same of owners who never say that they are full: until the car leaves
  double rewarded_kwh = 0;
  std::int64_t reviews = 0;  ///< quarter-hours put aside
};

class Judge {
 public:
  Judge(const SiteStays& site, const PerPhase<Milliamps>& rating);

  void over(Visit visit);
  void settled(std::int64_t minute);
  [[nodiscard]] const SiteResult& result() const { return result_; }

 private:
  struct Known {
    Visit visit;
    flex::Course course;
  };
  void count(const Visit& visit);
  void remember(const Visit& visit);
  void settle(std::int64_t slot);

  PerPhase<Milliamps> rating_;
  SiteResult result_;
  std::vector<std::deque<flex::Shown>> shown_;  ///< by charger, of its stays of 30 days; one each
  std::vector<std::deque<std::int64_t>> shown_at_;
  std::deque<Known> known_;
  std::int64_t next_slot_ = -1;
  flex::UsedProofs used_;
};

}  // namespace balans::bench
