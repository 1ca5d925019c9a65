#include "tests/bench/street.hpp"

#include <algorithm>
#include <array>

#include "sim/random.hpp"

namespace balans::bench {
namespace {

constexpr std::array kSgReady{Milliamps(2'000), Milliamps(7'000), Milliamps(11'000)};

Candidate device(Random& random, int node) {
  Candidate c;
  c.node = node;
  c.phases = PhaseSet::all();
  if (random.happens(300'000)) c.phases = PhaseSet{kPhases[static_cast<std::size_t>(random.between(0, 2))]};
  c.min = 6_A;
  c.cap = Milliamps(random.between(8, 32) * 1000);
  c.step = 100_mA;
  c.weight = random.between(1, 3);
  if (random.happens(100'000)) c.priority = 100;
  if (random.happens(200'000)) {
    c.time_left = Millis(random.between(1, 10) * 3'600'000);
    c.need = deadline_current(WattHours(random.between(5, 40) * 1000), c.time_left, c.phases.size());
  }
  if (random.happens(100'000)) c.volunteers_for = random.between(1, 3) * 100;
  if (random.happens(100'000)) {
    c.min = 2_A;
    c.floor = 6'090_mA;
  }
  if (random.happens(50'000)) {
    c.levels = kSgReady;
    c.min = 2_A;
    c.cap = 11_A;
  }
  if (random.happens(50'000) && c.phases.size() == 3) c.fewer = PhaseSet{Phase::L1};
  return c;
}

/// Nodes level by level, from the transformer down; the last ones have the devices.
void plant(Street& street, std::int64_t devices, int depth) {
  std::vector<std::int64_t> width(static_cast<std::size_t>(depth), 1);
  std::int64_t below = devices;
  for (std::size_t level = width.size() - 1; level > 0; --level)
    width[level] = below = std::max<std::int64_t>(1, below / 10);
  std::int64_t first_above = 0, above = 0;
  for (std::size_t level = 0; level < width.size(); ++level) {
    const auto first = static_cast<std::int64_t>(street.nodes.size());
    for (std::int64_t i = 0; i < width[level]; ++i) {
      GridNode node;
      if (level > 0) node.parent = static_cast<int>(first_above + i * above / width[level]);
      street.nodes.push_back(node);
    }
    first_above = first;
    above = width[level];
  }
}

/// Each node carries this share of what is asked for below it; nodes that carry less than others bind first.
void limit(Street& street, Load load) {
  std::vector<PerPhase<Milliamps>> asked(street.nodes.size());
  for (const Candidate& c : street.candidates)
    for (int v = c.node; v != kNoParent; v = street.nodes[static_cast<std::size_t>(v)].parent)
      asked[static_cast<std::size_t>(v)] += c.phases.spread(c.cap);
  for (std::size_t v = 0; v < street.nodes.size(); ++v) {
    GridNode& node = street.nodes[v];
    const std::int64_t percent = load == Load::Calm ? 110 : 28 + static_cast<std::int64_t>(v % 5) * 4;
    for (Phase p : kPhases) node.headroom[p] = asked[v][p] * percent / 100;
    node.sum = node.headroom.sum() * 95 / 100;
    if (load == Load::Calm) node.sum = node.headroom.sum();
  }
}

void live(Street& street) {
  Allocator allocator;
  for (int minute = 0; minute < 40; ++minute) {
    street.now = street.now + 1_min;
    const auto grants = allocator.allocate(street.nodes, street.candidates, street.now);
    for (std::size_t i = 0; i < grants.size(); ++i) {
      Candidate& c = street.candidates[i];
      c.turn = next_turn(c.turn, c, grants[i], defaults::kMinOff, street.now);
    }
  }
}

}  // namespace

Street street(std::int64_t devices, int depth, Load load, Turns turns) {
  Street street;
  Random random(static_cast<std::uint64_t>(devices));
  plant(street, devices, depth);
  const std::size_t leaves = depth == 1 ? 1 : static_cast<std::size_t>(std::max<std::int64_t>(1, devices / 10));
  const std::size_t first_leaf = street.nodes.size() - leaves;
  for (std::int64_t i = 0; i < devices; ++i) {
    const std::size_t leaf = first_leaf + static_cast<std::size_t>(i) * leaves / static_cast<std::size_t>(devices);
    street.candidates.push_back(device(random, static_cast<int>(leaf)));
    street.candidates.back().turn.since = street.now - 1_min;
  }
  limit(street, load);
  if (turns == Turns::Carried) live(street);
  return street;
}

const std::vector<Milliamps>& PlainMaxMin::share(Milliamps headroom, const std::vector<Milliamps>& caps) {
  shares_.assign(caps.size(), Milliamps());
  Milliamps left = headroom;
  auto active = static_cast<std::int64_t>(caps.size());
  while (active > 0) {
    const Milliamps more = left / active;
    std::int64_t still_active = 0;
    for (std::size_t i = 0; i < caps.size(); ++i) {
      if (shares_[i] == caps[i]) continue;
      const Milliamps taken = std::min(more, caps[i] - shares_[i]);
      shares_[i] += taken;
      left -= taken;
      still_active += shares_[i] < caps[i] ? 1 : 0;
    }
    if (more == Milliamps()) break;
    active = still_active;
  }
  return shares_;
}

}  // namespace balans::bench
