#pragma once
// What sites hand over at their pace, and beside it, as fast as it is taken, what they could not hand over for days.

#include <cstdint>
#include <vector>

#include "tests/bench/service/api_process.hpp"

namespace balans::bench {

struct LoadPlan {
  int sites = 5000;  ///< one batch a minute of each
  int readings = 100;
  double seconds = 60;
  enum class Backlog : std::uint8_t { None, AsFastAsItIsTaken };
  Backlog backlog = Backlog::None;
};

struct LoadFigures {
  std::vector<double> latencies;          ///< s, of each live request from when it was due to its answer; sorted
  std::int64_t refused = 0;               ///< not answered with success
  double live_rows = 0;                   ///< a second
  double backlog_rows = 0;                ///< a second
  std::vector<std::int64_t> resident_kb;  ///< of the api, every second
  double processor = 0;                   ///< of the api, in cores
  [[nodiscard]] double latency(double share) const;
  [[nodiscard]] double rate(const LoadPlan& plan) const { return plan.sites * plan.readings / 60.0; }
};

/// Sites that go on where they were when it is called again.
class Village {
 public:
  Village(int sites, UnixTime now);
  LoadFigures run(const ApiProcess& api, const LoadPlan& plan);

 private:
  std::vector<Sender> live_;
  std::vector<Sender> backlog_;
};

}  // namespace balans::bench
