#include "tests/trafo/core/allocate_problems.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "common/defaults.hpp"

namespace balans {
namespace {

constexpr std::array kSgReady{Milliamps(2'000), Milliamps(7'000), Milliamps(11'000)};
constexpr std::array kTwoStages{Milliamps(3'500), Milliamps(9'100)};
constexpr std::array kOnOff{Milliamps(8'700)};
constexpr std::array<std::int64_t, 5> kSteps{1, 100, 500, 1000, 6000};

void give_levels(Choices& choices, Candidate& c) {
  switch (choices.between(0, 2)) {
    case 0:
      c.levels = kSgReady;
      break;
    case 1:
      c.levels = kTwoStages;
      break;
    default:
      c.levels = kOnOff;
      break;
  }
  c.min = c.levels.front();
  c.step = 1_mA;
}

Turn some_turn(Choices& choices, BootTime now) {
  Turn turn;
  turn.on = choices.between(0, 1) == 1;
  turn.since = now - Millis(choices.between(0, 40 * 60) * 1000);
  turn.idle = turn.on && choices.one_in(10);
  if (!turn.on && choices.one_in(5)) turn.rest_until = now + Millis(choices.between(0, 60'000));
  return turn;
}

/// What a candidate is owed, wishes and offers.
void give_claims(Choices& choices, Candidate& c) {
  if (choices.one_in(8)) c.floor = choices.one_in(2) ? 6'090_mA : amps_between(choices, 1, 120, 100);
  if (choices.one_in(4)) c.comfort = amps_between(choices, 10, 160, 100);
  if (choices.one_in(4)) {
    c.need = amps_between(choices, 1, 200, 100);
    c.time_left = Millis(choices.between(0, 600) * 60'000);
  }
  if (choices.one_in(4)) c.priority = static_cast<int>(choices.between(1, 3)) * 85;
  if (choices.one_in(5)) c.volunteers_for = choices.between(0, 3) * 100;
  if (choices.one_in(3)) c.received = WattHours(choices.between(0, 30'000));
}

void give_fewer_phases(Choices& choices, Candidate& c, BootTime now) {
  for (Phase p : kPhases)
    if (c.fewer.empty() && c.phases.contains(p)) c.fewer.insert(p);
  c.turn.on_fewer = c.turn.on && choices.one_in(2);
  c.turn.switched = now - Millis(choices.between(0, 20) * 60'000);
}

std::string text_of(PhaseSet phases) {
  std::string text;
  for (Phase p : kPhases)
    if (phases.contains(p)) text += std::string(" ") + name_of(p);
  return text;
}

void describe(std::ostream& text, const Candidate& c, BootTime now) {
  text << "at node " << c.node << " on" << text_of(c.phases) << ", min " << c.min.count() << ", cap " << c.cap.count();
  if (!c.fewer.empty()) text << ", or on" << text_of(c.fewer);
  if (c.levels.empty()) text << ", step " << c.step.count();
  for (Milliamps level : c.levels) text << ", level " << level.count();
  if (c.weight != 1) text << ", weight " << c.weight;
  if (c.priority != 0) text << ", priority " << c.priority;
  if (c.reserved != Milliamps()) text << ", reserved " << c.reserved.count();
  if (c.floor != Milliamps()) text << ", floor " << c.floor.count();
  if (c.comfort != Milliamps()) text << ", comfort " << c.comfort.count();
  if (c.need != Milliamps()) text << ", need " << c.need.count() << " for " << c.time_left.count() / 60'000 << " min";
  if (c.volunteers_for) text << ", volunteers for " << *c.volunteers_for;
  if (c.min_on != defaults::kMinOn) text << ", min on " << c.min_on.count() / 1000 << " s";
  text << (c.turn.on ? ", on for " : ", off for ") << (now - c.turn.since).count() / 1000 << " s"
       << (c.turn.idle ? ", idle" : "");
  if (c.turn.on_fewer) text << ", on fewer phases for " << (now - c.turn.switched).count() / 1000 << " s";
  if (c.turn.rest_until > now) text << ", rests for " << (c.turn.rest_until - now).count() << " ms";
}

}  // namespace

Milliamps amps_between(Choices& choices, std::int64_t low, std::int64_t high, std::int64_t unit_ma) {
  return Milliamps(choices.between(low, high) * unit_ma);
}

PhaseSet some_phases(Choices& choices) {
  constexpr std::array<unsigned, 10> kBits{7, 1, 2, 4, 7, 7, 3, 5, 6, 7};
  const unsigned bits = kBits[static_cast<std::size_t>(choices.between(0, 9))];
  PhaseSet phases;
  for (Phase p : kPhases)
    if (((bits >> static_cast<unsigned>(p)) & 1U) != 0) phases.insert(p);
  return phases;
}

std::vector<GridNode> some_tree(Choices& choices, std::int64_t least_a, std::int64_t most_a) {
  std::vector<GridNode> nodes;
  const std::int64_t count = choices.between(1, 5);
  for (std::int64_t i = 0; i < count; ++i) {
    GridNode node;
    node.parent = i == 0 ? kNoParent : static_cast<int>(choices.between(0, i - 1));
    for (Phase p : kPhases) node.headroom[p] = amps_between(choices, least_a, most_a, 1000);
    if (choices.one_in(3)) node.sum = amps_between(choices, least_a, most_a * 5 / 2, 1000);
    if (choices.one_in(3)) {
      for (Phase p : kPhases) node.for_floors[p] = node.headroom[p] + amps_between(choices, 0, 30, 1000);
      if (node.sum < kUnlimited) node.sum_for_floors = node.sum + amps_between(choices, 0, 60, 1000);
    }
    nodes.push_back(node);
  }
  return nodes;
}

Candidate some_candidate(Choices& choices, const Problem& problem) {
  Candidate c;
  c.node = static_cast<int>(choices.between(0, static_cast<std::int64_t>(problem.nodes.size()) - 1));
  c.phases = some_phases(choices);
  c.min = amps_between(choices, 0, 80, 100);
  c.cap = choices.one_in(6) ? Milliamps() : amps_between(choices, 1, 32'000, 1);
  c.step = Milliamps(kSteps[static_cast<std::size_t>(choices.between(0, 4))]);
  if (choices.one_in(6)) give_levels(choices, c);
  c.weight = choices.one_in(20) ? std::int64_t{1} << 20 : choices.between(1, 4);
  if (choices.one_in(5)) c.reserved = amps_between(choices, 0, 100, 100);
  give_claims(choices, c);
  if (choices.one_in(4)) c.min_on = Millis(choices.between(0, 30) * 60'000);
  c.turn = some_turn(choices, problem.now);
  if (c.phases.size() > 1 && choices.one_in(4)) give_fewer_phases(choices, c, problem.now);
  return c;
}

Problem any_problem(Choices& choices) {
  Problem problem;
  const std::int64_t count = choices.between(0, 12);
  problem.nodes = some_tree(choices, -10, 120);
  for (std::int64_t i = 0; i < count; ++i) problem.candidates.push_back(some_candidate(choices, problem));
  return problem;
}

Problem roomy_problem(Choices& choices, std::int64_t candidates) {
  Problem problem;
  problem.nodes = some_tree(choices, 0, std::max<std::int64_t>(20, candidates * 8));
  for (std::int64_t i = 0; i < candidates; ++i) {
    Candidate c = some_candidate(choices, problem);
    c.cap = std::max(c.cap, c.min);
    c.step = 1_mA;
    c.levels = {};
    c.reserved = Milliamps();
    c.weight = choices.between(1, 8);
    c.fewer = {};
    c.turn = {};
    c.turn.on = true;
    c.turn.since = problem.now;
    problem.candidates.push_back(c);
  }
  for (Binding row : rows_of(problem)) {
    Milliamps first;
    for (const Candidate& c : problem.candidates) first += first_share(c) * loads(problem, c.node, c.phases, row);
    GridNode& node = problem.nodes[static_cast<std::size_t>(row.node)];
    if (row.row == Row::Sum) {
      if (node.sum < kUnlimited) node.sum += first;
    } else {
      node.headroom[static_cast<Phase>(row.row)] += first;
    }
  }
  return problem;
}

std::string describe(const Problem& problem) {
  std::ostringstream text;
  for (std::size_t v = 0; v < problem.nodes.size(); ++v) {
    const GridNode& node = problem.nodes[v];
    text << "node " << v << " below " << node.parent << ": headroom";
    for (Phase p : kPhases) text << ' ' << node.headroom[p].count();
    if (node.sum < kUnlimited) text << ", sum " << node.sum.count();
    if (node.for_floors.largest() > Milliamps()) text << ", for floors";
    for (Phase p : kPhases)
      if (node.for_floors.largest() > Milliamps()) text << ' ' << node.for_floors[p].count();
    if (node.sum_for_floors > Milliamps()) text << ", sum for floors " << node.sum_for_floors.count();
    text << '\n';
  }
  const std::vector<Grant> grants = problem.solve();
  for (std::size_t i = 0; i < grants.size(); ++i) {
    text << "candidate " << i << ' ';
    describe(text, problem.candidates[i], problem.now);
    text << ": " << grants[i].current.count() << " mA on" << text_of(grants[i].phases) << ", "
         << name_of(grants[i].reason);
    if (grants[i].binding) text << ", " << text_of(*grants[i].binding);
    text << '\n';
  }
  return text.str();
}

std::vector<Binding> rows_of(const Problem& problem) {
  std::vector<Binding> rows;
  for (std::size_t node = 0; node < problem.nodes.size(); ++node)
    for (Row row : kRows) rows.push_back({static_cast<int>(node), row});
  return rows;
}

std::string text_of(Binding row) { return "node " + std::to_string(row.node) + " " + name_of(row.row); }

bool is_below(const Problem& problem, int node, int ancestor) {
  for (; node != kNoParent; node = problem.nodes[static_cast<std::size_t>(node)].parent)
    if (node == ancestor) return true;
  return false;
}

std::int64_t loads(const Problem& problem, int node, PhaseSet phases, Binding row) {
  if (!is_below(problem, node, row.node)) return 0;
  if (row.row == Row::Sum) return phases.size();
  return phases.contains(static_cast<Phase>(row.row)) ? 1 : 0;
}

Milliamps limit_of(const Problem& problem, Binding row) {
  const GridNode& node = problem.nodes[static_cast<std::size_t>(row.node)];
  return std::max(Milliamps(), row.row == Row::Sum ? node.sum : node.headroom[static_cast<Phase>(row.row)]);
}

Milliamps emergency_limit_of(const Problem& problem, Binding row) {
  const GridNode& node = problem.nodes[static_cast<std::size_t>(row.node)];
  return std::max(limit_of(problem, row),
                  row.row == Row::Sum ? node.sum_for_floors : node.for_floors[static_cast<Phase>(row.row)]);
}

Milliamps next_above(const Candidate& c, Milliamps current) {
  if (c.levels.empty()) return current - current % c.step + c.step;
  const auto above = std::ranges::upper_bound(c.levels, current);
  return above == c.levels.end() ? kUnlimited : *above;
}

Milliamps first_share(const Candidate& c) {
  if (c.floor <= c.min) return c.min;
  const Milliamps most = most_of(c);
  if (c.levels.empty()) {
    const Milliamps on_step = (c.floor + c.step - 1_mA) / c.step.count() * c.step.count();
    return std::max(c.min, on_step <= most ? on_step : most - most % c.step);
  }
  Milliamps share = c.min;
  for (Milliamps level : c.levels)
    if (level <= most && share < c.floor) share = level;
  return share;
}

Milliamps most_of(const Candidate& c) { return c.cap > Milliamps() ? std::max(c.min, c.cap) : Milliamps(); }

}  // namespace balans
