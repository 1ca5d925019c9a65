#pragma once
// A controller on a bench: agents that obey at the next tick, a meter that tells the truth, all of it to be disturbed.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "trafo/core/decide.hpp"

namespace balans {

struct BenchAgent {
  Milliamps appetite;  ///< the most its device would draw
  PerPhase<Milliamps> ask;
  bool speaks = true;
  bool obeys = true;  ///< its device follows the limit
  bool acks = true;
  AgentState state = AgentState::Following;
  std::optional<Limit> newest;  ///< limit it follows
  Milliamps taken;              ///< of that limit
  Milliamps drawn;
  std::optional<PhaseSet> offers;  ///< phases, where it offers fewer than it is enrolled for
  std::optional<PhaseSet> loads;   ///< phases that what is plugged in loads, and has shown
  std::optional<Offer> says;       ///< what it adds to the usual offer
  Milliamps supply;                ///< the most it would feed in
  Milliamps taken_feed;
  Milliamps fed;

  void take(const Limit& limit) {
    const Milliamps most = limit.max.draw.largest();
    taken = limit.may_raise ? most : std::min(most, taken);
    taken_feed = limit.may_raise ? limit.max.feed.largest() : std::min(limit.max.feed.largest(), taken_feed);
    newest = limit;
  }
  /// The phases its limit is for; those it offers before the first one.
  [[nodiscard]] PhaseSet limited(PhaseSet all) const {
    PhaseSet phases;
    if (newest)
      for (Phase p : kPhases)
        if (newest->max.draw[p] > Milliamps()) phases.insert(p);
    return phases.empty() ? loads.value_or(all) : phases;
  }
};

class Bench {
 public:
  Bench(std::size_t count, Milliamps usable, Milliamps uncontrolled) {
    site.id = *SiteId::parse("elm-street");
    site.margin_percent = 0;
    site.rated = VoltAmps(usable.count() * 3 * 230 / 1000 + 1);
    base = PerPhase<Milliamps>::all(uncontrolled);
    site.nodes[0].design_peak_base = this->base;
    for (std::size_t i = 0; i < count; ++i) add(i);
    memory = fresh_memory(site, now);
  }

  /// One second, one tick.
  Decision& tick() {
    now = now + 1_s;
    Snapshot snapshot;
    snapshot.now = now;
    snapshot.epoch = epoch;
    snapshot.boot = boot;
    snapshot.mail = mail();
    for (std::size_t m = 0; m < site.meters.size(); ++m) snapshot.meters.push_back(sample(m));
    snapshot.utc = utc;
    snapshot.outside = outside;
    decision = decide(site, snapshot, std::move(memory));
    memory = std::move(decision.memory);
    for (const OutgoingLimit& out : decision.limits) agents[out.agent].take(out.limit);
    return decision;
  }
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) tick();
  }

  [[nodiscard]] Milliamps limit(std::size_t i) const { return decision.state.devices[i].limit.draw.largest(); }
  [[nodiscard]] Milliamps envelope_of(std::size_t i) const { return decision.state.devices[i].envelope.draw.largest(); }
  [[nodiscard]] Reason reason(std::size_t i) const { return decision.state.devices[i].reason; }
  [[nodiscard]] Milliamps limits() const {
    Milliamps sum;
    for (std::size_t i = 0; i < agents.size(); ++i) sum += limit(i);
    return sum;
  }
  [[nodiscard]] bool notices(Notice::What what) const {
    for (const Notice& notice : decision.notices)
      if (notice.what == what) return true;
    return false;
  }
  [[nodiscard]] PerPhase<Milliamps> limits_on(std::size_t i) const { return decision.state.devices[i].limit.draw; }
  [[nodiscard]] Milliamps feed_limit(std::size_t i) const { return decision.state.devices[i].limit.feed.largest(); }
  /// What is drawn below a node, base loads included.
  [[nodiscard]] PerPhase<Milliamps> load(std::size_t node) const {
    PerPhase<Milliamps> sum;
    for (std::size_t v = 0; v < site.nodes.size(); ++v)
      if (is_below(site, v, node)) sum += v == 0 ? base : bases.at(v);
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (!is_below(site, site.agents[i].node, node)) continue;
      sum += agents[i].limited(site.agents[i].phases).spread(agents[i].drawn);
      sum -= site.agents[i].phases.spread(agents[i].fed);
    }
    return sum;
  }
  /// Another node, with its own base load; metered or not. Its devices are put there by `site.agents[i].node`.
  std::size_t add_node(const std::string& name, int parent, Milliamps most, Milliamps own_base, bool metered) {
    Node node;
    node.name = name;
    node.parent = parent;
    node.max = most;
    node.design_peak_base = PerPhase<Milliamps>::all(own_base);
    site.nodes.push_back(node);
    const std::size_t v = site.nodes.size() - 1;
    bases[v] = PerPhase<Milliamps>::all(own_base);
    if (metered) site.meters.push_back({name, v});
    memory = fresh_memory(site, now);
    return v;
  }
  Offer offer(std::size_t i) const {
    Offer o = agents[i].says.value_or(Offer{});
    o.nonce = Nonce{100 + i};
    o.phases = agents[i].offers.value_or(site.agents[i].phases);
    if (o.min == Milliamps()) o.min = 6_A;
    o.max = site.agents[i].max;
    o.max_feed = site.agents[i].max_feed;
    o.step = 100_mA;
    o.settle = site.agents[i].settle;
    o.revert = site.agents[i].revert;
    return o;
  }

  Site site;
  PerPhase<Milliamps> base;
  std::vector<BenchAgent> agents;
  Memory memory;
  Decision decision;
  BootTime now{5'000'000};
  Epoch epoch{3};
  BootId boot{30};
  bool meter_reads = true;
  std::optional<PerPhase<Milliamps>> meter_shows;    ///< instead of the truth, at the transformer
  std::map<std::size_t, PerPhase<Milliamps>> bases;  ///< own base load of each node below the transformer
  std::set<std::size_t> silent_meters;
  std::optional<PerPhase<Millivolts>> voltage;
  std::optional<UnixTime> utc;
  std::vector<OutsideLimit> outside;

 private:
  void add(std::size_t i) {
    Enrolment enrolment;
    enrolment.id = *AgentId::parse("charger-" + std::to_string(i + 1));
    enrolment.phases = PhaseSet::all();
    enrolment.max = 32_A;
    enrolment.settle = 2_s;
    enrolment.revert = 5_s;
    site.agents.push_back(enrolment);
    BenchAgent agent;
    agent.appetite = 32_A;
    agent.ask = PerPhase<Milliamps>::all(32_A);
    agents.push_back(agent);
  }

  std::optional<MeterSample> sample(std::size_t meter) {
    std::optional<MeterSample>& last = last_[meter];
    if (!meter_reads || silent_meters.contains(meter)) return last;
    MeterSample s;
    s.taken = now;
    s.life = static_cast<std::uint64_t>(now.ms());
    s.current = load(site.meters[meter].node);
    s.voltage = voltage;
    if (meter_shows && meter == 0) s.current = *meter_shows;
    last = s;
    return s;
  }

  std::vector<AgentMail> mail() {
    std::vector<AgentMail> result(agents.size());
    for (std::size_t i = 0; i < agents.size(); ++i) {
      BenchAgent& agent = agents[i];
      const PhaseSet phases = site.agents[i].phases;
      if (agent.obeys && agent.newest) agent.drawn = std::min(agent.taken, agent.appetite);
      if (agent.obeys && agent.newest) agent.fed = std::min(agent.taken_feed, agent.supply);
      if (!agent.speaks) continue;
      result[i].offer = offer(i);
      Status status;
      status.at = AgentTime(now.ms() - 4'000'000);
      status.nonce = Nonce{100 + i};
      status.state = agent.state;
      const PhaseSet used = agent.limited(phases);
      status.phases = agent.loads;
      status.ask = {phases.spread(agent.ask.largest()), phases.spread(agent.supply)};
      status.holding = {used.spread(agent.taken), phases.spread(agent.taken_feed)};
      status.measured = used.spread(agent.drawn) - phases.spread(agent.fed);
      if (agent.newest && agent.acks)
        status.ack = Ack{agent.newest->epoch,
                         agent.newest->boot,
                         agent.newest->seq,
                         {used.spread(agent.taken), phases.spread(agent.taken_feed)},
                         agent.obeys ? AckStage::Effective : AckStage::Written};
      result[i].statuses.push_back({status, now});
    }
    return result;
  }

  std::map<std::size_t, std::optional<MeterSample>> last_;
};

}  // namespace balans
