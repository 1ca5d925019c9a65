// What holds over time: 500 ticks of a minute, headroom and wishes changing, each turn carried to the next tick.
// BALANS_ALLOCATE_SEQUENCES is how many sequences each claim is held against.
#include <algorithm>
#include <functional>
#include <optional>

#include "common/defaults.hpp"
#include "tests/trafo/core/allocate_claims.hpp"
#include "tests/trafo/core/allocate_search.hpp"

namespace balans {
namespace {

constexpr int kTicks = 500;
constexpr Millis kTickOfSequence = 1_min;

/// How restless a street is, per million and tick.
struct Weather {
  std::int64_t headroom_changes = 0;
  std::int64_t wishes_change = 0;
  std::int64_t lowest_a = 0;
  std::int64_t highest_a = 60;
};

/// A problem that lives: what was granted becomes the turn of the next tick.
class Street {
 public:
  Street(Problem problem, std::uint64_t seed, const Weather& weather)
      : problem_(std::move(problem)), random_(Random(seed)), weather_(weather) {
    for (const Candidate& c : problem_.candidates) wishes_.push_back(c.cap);
  }

  /// One tick: what changes outside, and who gets what.
  const Grants& tick() {
    problem_.now = problem_.now + kTickOfSequence;
    for (GridNode& node : problem_.nodes) change(node);
    for (std::size_t i = 0; i < wishes_.size(); ++i) {
      Candidate& c = problem_.candidates[i];
      if (happens(weather_.wishes_change)) c.cap = c.cap > Milliamps() ? Milliamps() : wishes_[i];
      if (happens(weather_.wishes_change)) c.turn.idle = c.turn.on && !c.turn.idle;
    }
    const auto given = allocator_.allocate(problem_.nodes, problem_.candidates, problem_.now);
    grants_.assign(given.begin(), given.end());
    return grants_;
  }

  void carry_turns() {
    for (std::size_t i = 0; i < grants_.size(); ++i) {
      Candidate& c = problem_.candidates[i];
      c.turn = next_turn(c.turn, c, grants_[i], defaults::kMinOff, problem_.now);
    }
  }

  [[nodiscard]] const Problem& problem() const { return problem_; }

 private:
  bool happens(std::int64_t per_million) { return random_.between(0, 999'999) < per_million; }

  void change(GridNode& node) {
    if (!happens(weather_.headroom_changes)) return;
    for (Phase p : kPhases) node.headroom[p] = amps_between(random_, weather_.lowest_a, weather_.highest_a, 1000);
  }

  Problem problem_;
  Choices random_;
  Weather weather_;
  std::vector<Milliamps> wishes_;
  Allocator allocator_;
  Grants grants_;
};

using Claim = std::function<std::string(const Problem&, const Grants&)>;

/// Lives through a sequence until `claim` has said what is wrong.
std::string live(const Problem& problem, Choices& choices, const Weather& weather, const Claim& claim) {
  Street street(problem, static_cast<std::uint64_t>(choices.between(0, 1 << 20)), weather);
  for (int tick = 0; tick < kTicks; ++tick) {
    const Grants& grants = street.tick();
    const std::string found = claim(street.problem(), grants);
    if (!found.empty()) return found + " in tick " + std::to_string(tick) + "\n" + describe(street.problem());
    street.carry_turns();
  }
  return "";
}

/// Calls `wrong(problem, choices)` for as many streets as sequences are asked for.
template <class Make, class Wrong>
void for_each_street(Make&& make, Wrong&& wrong) {
  for_each_problem(number_from_environment("BALANS_ALLOCATE_SEQUENCES", 300), make, wrong, Shrinking::TooSlow);
}

Problem any_street(Choices& choices) {
  Problem problem = any_problem(choices);
  for (Candidate& c : problem.candidates) c.cap = std::max(c.cap, c.min + 1_mA);
  return problem;
}

TEST(AllocateSequences, RowsAndStepsAndRestsHoldAtEveryTick) {
  const Weather stormy{100'000, 20'000, -10, 80};
  for_each_street(any_street, [&](const Problem& problem, Choices& choices) {
    return live(problem, choices, stormy, [](const Problem& now, const Grants& grants) {
      const std::string over = overfull_row(now, grants);
      return over.empty() ? odd_grant(now, grants) : over;
    });
  });
}

Problem street_without_switching(Choices& choices) {
  Problem problem = any_street(choices);
  for (Candidate& c : problem.candidates) {
    c.fewer = {};
    c.turn.on_fewer = false;
  }
  return problem;
}

TEST(AllocateSequences, MinimumOnTimesHoldExceptInAnEmergency) {
  const Weather stormy{50'000, 10'000, -10, 80};
  for_each_street(street_without_switching, [&](const Problem& problem, Choices& choices) {
    return live(problem, choices, stormy, broken_minimum);
  });
}

/// Devices of one tier: no floors, no priorities, no deadlines, and nobody is booked anything.
Problem street_of_equals(Choices& choices) {
  Problem problem;
  const std::int64_t count = choices.between(2, 8);
  problem.nodes = some_tree(choices, 14, 60);
  for (std::int64_t i = 0; i < count; ++i) {
    Candidate c = some_candidate(choices, problem);
    c.min = amps_between(choices, 60, 130, 100);
    c.cap = c.min + amps_between(choices, 0, 160, 100);
    c.levels = {};
    c.reserved = c.floor = c.need = Milliamps();
    c.priority = 0;
    c.fewer = {};
    c.min_on = defaults::kMinOn;
    c.turn = {};
    c.turn.since = problem.now;
    problem.candidates.push_back(c);
  }
  return problem;
}

bool could_run_alone(const Problem& problem, const Candidate& c) {
  return std::ranges::all_of(rows_of(problem), [&](Binding row) {
    return c.min * loads(problem, c.node, c.phases, row) <= limit_of(problem, row);
  });
}

/// Σ over those that share a row with candidate `i`, itself among them.
std::int64_t rivals_of(const Problem& problem, std::size_t i) {
  const Candidate& c = problem.candidates[i];
  return std::ranges::count_if(problem.candidates, [&](const Candidate& other) {
    return std::ranges::any_of(rows_of(problem), [&](Binding row) {
      return loads(problem, c.node, c.phases, row) > 0 && loads(problem, other.node, other.phases, row) > 0;
    });
  });
}

/// How long each has waited while it asked and its rows could have carried it alone.
class Waits {
 public:
  std::string operator()(const Problem& problem, const Grants& grants) {
    waited_.resize(grants.size());
    for (std::size_t i = 0; i < grants.size(); ++i) {
      const Candidate& c = problem.candidates[i];
      const bool waits = grants[i].current == Milliamps() && c.cap > Milliamps() && could_run_alone(problem, c);
      waited_[i] = waits ? waited_[i] + kTickOfSequence : Millis();
      if (waited_[i] > defaults::kRotationQuantum * rivals_of(problem, i))
        return who(i) + " has waited for " + std::to_string(waited_[i].count() / 60'000) + " min";
    }
    return "";
  }

 private:
  std::vector<Millis> waited_;
};

TEST(AllocateSequences, NobodyWaitsLongerThanAQuantumForEachOfItsRivals) {
  const Weather calm{0, 0, 0, 0};
  const Weather changing{10'000, 10'000, 14, 60};
  for_each_street(street_of_equals, [&](const Problem& problem, Choices& choices) {
    return live(problem, choices, choices.one_in(2) ? calm : changing, Waits());
  });
}

/// In a street where nothing changes.
class WholeTurns {
 public:
  std::string operator()(const Problem& problem, const Grants& grants) {
    for (std::size_t i = 0; i < grants.size(); ++i) {
      const Turn& turn = problem.candidates[i].turn;
      if (turn.on && grants[i].current == Milliamps() && problem.now - turn.since < defaults::kRotationQuantum)
        return who(i) + " goes off before its time";
    }
    return "";
  }
};

TEST(AllocateSequences, WhereNothingChangesATurnLastsAQuantumAtLeast) {
  for_each_street(street_of_equals, [&](const Problem& problem, Choices& choices) {
    return live(problem, choices, Weather{}, WholeTurns());
  });
}

/// Two-thirds of the devices switch phases.
Problem street_of_switches(Choices& choices) {
  Problem problem = street_of_equals(choices);
  for (Candidate& c : problem.candidates) {
    if (c.phases.size() == 1 || choices.one_in(3)) continue;
    for (Phase p : kPhases)
      if (c.fewer.empty() && c.phases.contains(p)) c.fewer.insert(p);
  }
  return problem;
}

class Dwells {
 public:
  std::string operator()(const Problem& problem, const Grants& grants) {
    fewer_since_.resize(grants.size());
    for (std::size_t i = 0; i < grants.size(); ++i) {
      const Candidate& c = problem.candidates[i];
      const bool on_fewer = !c.fewer.empty() && grants[i].current > Milliamps() && grants[i].phases == c.fewer;
      if (grants[i].current == Milliamps()) fewer_since_[i].reset();
      if (on_fewer && !fewer_since_[i]) fewer_since_[i] = problem.now;
      if (on_fewer || !fewer_since_[i]) continue;
      if (problem.now - *fewer_since_[i] < defaults::kPhaseSwitchDwell) return who(i) + " has switched back too soon";
      fewer_since_[i].reset();
    }
    return "";
  }

 private:
  std::vector<std::optional<BootTime>> fewer_since_;
};

TEST(AllocateSequences, WhoFallsToFewerPhasesStaysThereForAWhile) {
  const Weather stormy{100'000, 10'000, 0, 60};
  for_each_street(street_of_switches,
                  [&](const Problem& problem, Choices& choices) { return live(problem, choices, stormy, Dwells()); });
}

}  // namespace
}  // namespace balans
