#pragma once
// A controller on a bench: agents that obey at the next tick, a meter that tells the truth, all of it to be disturbed.

#include <algorithm>
#include <optional>
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

  void take(const Limit& limit) {
    const Milliamps most = limit.max.largest();
    taken = limit.may_raise ? most : std::min(most, taken);
    newest = limit;
  }
};

class Bench {
 public:
  Bench(std::size_t count, Milliamps usable, Milliamps uncontrolled) {
    site.id = *SiteId::parse("elm-street");
    site.margin_percent = 0;
    site.rated = VoltAmps(usable.count() * 3 * 230 / 1000 + 1);
    base = PerPhase<Milliamps>::all(uncontrolled);
    site.design_peak_base = this->base;
    for (std::size_t i = 0; i < count; ++i) add(i);
    memory = fresh_memory(site, now);
  }

  /// One second, one tick.
  Decision& tick() {
    now = now + 1_s;
    Snapshot snapshot{now, epoch, sample(), mail()};
    decision = decide(site, snapshot, std::move(memory));
    memory = std::move(decision.memory);
    for (const OutgoingLimit& out : decision.limits) agents[out.agent].take(out.limit);
    return decision;
  }
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) tick();
  }

  [[nodiscard]] Milliamps limit(std::size_t i) const { return decision.state.devices[i].limit.largest(); }
  [[nodiscard]] Milliamps envelope_of(std::size_t i) const { return decision.state.devices[i].envelope.largest(); }
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
  Offer offer(std::size_t i) const {
    Offer o;
    o.nonce = Nonce{100 + i};
    o.phases = agents[i].offers.value_or(site.agents[i].phases);
    o.min = 6_A;
    o.max = site.agents[i].max;
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
  bool meter_reads = true;
  std::optional<PerPhase<Milliamps>> meter_shows;  ///< instead of the truth

 private:
  void add(std::size_t i) {
    Enrolment enrolment;
    enrolment.id = *AgentId::parse("charger-" + std::to_string(i + 1));
    enrolment.phases = PhaseSet::all();
    enrolment.max = 32_A;
    enrolment.settle = 2_s;
    enrolment.revert = 5_s;
    site.agents.push_back(enrolment);
    agents.push_back({32_A,
                      PerPhase<Milliamps>::all(32_A),
                      true,
                      true,
                      true,
                      AgentState::Following,
                      std::nullopt,
                      {},
                      {},
                      std::nullopt});
  }

  std::optional<MeterSample> sample() {
    if (!meter_reads) return last_;
    MeterSample s;
    s.taken = now;
    s.life = static_cast<std::uint64_t>(now.ms());
    s.current = base;
    for (std::size_t i = 0; i < agents.size(); ++i) s.current += site.agents[i].phases.spread(agents[i].drawn);
    if (meter_shows) s.current = *meter_shows;
    last_ = s;
    return s;
  }

  std::vector<AgentMail> mail() {
    std::vector<AgentMail> result(agents.size());
    for (std::size_t i = 0; i < agents.size(); ++i) {
      BenchAgent& agent = agents[i];
      const PhaseSet phases = site.agents[i].phases;
      if (agent.obeys && agent.newest) agent.drawn = std::min(agent.taken, agent.appetite);
      if (!agent.speaks) continue;
      result[i].offer = offer(i);
      Status status;
      status.at = AgentTime(now.ms() - 4'000'000);
      status.nonce = Nonce{100 + i};
      status.state = agent.state;
      status.ask = phases.spread(agent.ask.largest());
      status.holding = phases.spread(agent.taken);
      status.measured = phases.spread(agent.drawn);
      if (agent.newest && agent.acks)
        status.ack = Ack{agent.newest->epoch, agent.newest->seq, phases.spread(agent.taken),
                         agent.obeys ? AckStage::Effective : AckStage::Written};
      result[i].statuses.push_back({status, now});
    }
    return result;
  }

  std::optional<MeterSample> last_;
};

}  // namespace balans
