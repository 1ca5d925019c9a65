#pragma once
// A street that goes through a storm, watched second by second.

#include <optional>
#include <string>

#include "sim/soak/judge.hpp"
#include "sim/soak/life.hpp"
#include "sim/soak/random_street.hpp"
#include "sim/soak/storm.hpp"
#include "sim/soak/waiting.hpp"
#include "sim/twin/world.hpp"

namespace balans::soak {

/// Whether it is judged how long devices wait.
enum class Waits : std::uint8_t { NotJudged, Judged };

struct TrialSettings {
  std::uint64_t seed = 1;
  twin::Mistake mistake = twin::Mistake::None;
  twin::Wire wire = twin::Wire::Structs;
  JudgeSettings judge{};
  Waits waits = Waits::NotJudged;
  twin::Log* log = nullptr;  ///< outlives the trial
};

class Trial {
 public:
  Trial(Case street, const TrialSettings& settings);

  /// Lives on for `time`. Returns the first thing that went against the law.
  std::optional<std::string> live(Millis time);
  /// Ends all that goes wrong; what is down comes back.
  void clear_up();

  [[nodiscard]] twin::World& world() { return world_; }
  [[nodiscard]] const Storm& storm() const { return storm_; }
  [[nodiscard]] const Judged& judged() const { return judge_.judged(); }
  [[nodiscard]] Waited waited() const { return waiting_ ? waiting_->waited() : Waited{}; }

 private:
  twin::World world_;
  Storm storm_;
  Life life_;
  Judge judge_;
  std::optional<Waiting> waiting_;
};

}  // namespace balans::soak
