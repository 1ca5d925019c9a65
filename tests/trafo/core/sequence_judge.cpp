// What was seen against what is expected.
#include "tests/trafo/core/sequence.hpp"

namespace balans {
namespace {

constexpr Milliamps kChange = 500_mA;  // less is the dead band

std::string amps(Milliamps current) { return std::to_string(current.count()) + " mA"; }
std::string at(int second) { return " at " + std::to_string(second) + " s"; }

/// The longest time in one go for which `is_so(second)` holds.
template <class Is>
int longest(const Span& span, Is&& is_so) {
  int longest = 0, current = 0;
  for (int s = span.from_s; s < span.to_s; ++s) {
    current = is_so(s) ? current + 1 : 0;
    longest = std::max(longest, current);
  }
  return longest;
}

class Judge {
 public:
  Judge(const Sequence& sequence, const Trace& trace) : sequence_(sequence), trace_(trace) {}

  std::string run() {
    for (const Expectation& expected : sequence_.expected) {
      span_ = expected.span;
      expected_ = &expected;
      std::visit([&](const auto& what) { judge(what); }, expected.what);
    }
    return std::move(text_);
  }

 private:
  void complain(const std::string& what) { text_ += what + "\n    expected: " + expected_->text + "\n"; }
  [[nodiscard]] const Second& second(int s) const { return trace_.seconds[static_cast<std::size_t>(s)]; }

  void judge(const NodeExpectation& expected) {
    const std::string& name = sequence_.street.site.nodes[expected.node].name;
    if (expected.over_at_most_s) judge_overload(expected, name);
    for (int s = span_.from_s; s < span_.to_s; ++s) {
      const Milliamps booked = second(s).booked[expected.node].largest();
      if (expected.booked_at_most && booked > *expected.booked_at_most)
        return complain(name + ": booked " + amps(booked) + at(s));
      const PerPhase<Milliamps>& sum = second(s).setpoints[expected.node];
      if (expected.setpoints_at_least && sum.smallest() < *expected.setpoints_at_least)
        return complain(name + ": setpoints of " + amps(sum.smallest()) + at(s));
      if (expected.setpoints_at_most && sum.largest() > *expected.setpoints_at_most)
        return complain(name + ": setpoints of " + amps(sum.largest()) + at(s));
    }
  }

  void judge_overload(const NodeExpectation& expected, const std::string& name) {
    const Milliamps limit = *sequence_.street.site.nodes[expected.node].max;
    Milliamps most;
    const int over = longest(span_, [&](int s) {
      most = std::max(most, second(s).flow[expected.node].largest());
      return second(s).flow[expected.node].largest() > limit;
    });
    if (over > *expected.over_at_most_s)
      complain(name + ": overloaded for " + std::to_string(over) + " s, up to " + amps(most));
  }

  void judge(const DeviceExpectation& expected) {
    for (std::size_t i : expected.devices) {
      judge_setpoint(expected, i);
      judge_changes(expected, i);
      judge_turns(expected, i);
    }
  }

  [[nodiscard]] std::string name(std::size_t device) const { return sequence_.street.agents[device].id.str(); }

  void judge_setpoint(const DeviceExpectation& expected, std::size_t i) {
    for (int s = span_.from_s; s < span_.to_s; ++s) {
      const Milliamps setpoint = second(s).setpoint[i];
      const bool fits =
          setpoint >= expected.at_least.value_or(setpoint) && setpoint <= expected.at_most.value_or(setpoint);
      if (!fits) return complain(name(i) + ": setpoint " + amps(setpoint) + at(s));
      const Reason reason = second(s).reason[i];
      if (reason != expected.reason.value_or(reason))
        return complain(name(i) + ": reason '" + std::string(name_of(reason)) + "'" + at(s));
    }
  }

  void judge_changes(const DeviceExpectation& expected, std::size_t i) {
    int changes = 0, raises = 0;
    for (int s = span_.from_s + 1; s < span_.to_s; ++s) {
      const Milliamps change = second(s).setpoint[i] - second(s - 1).setpoint[i];
      if (change >= kChange || -change >= kChange) ++changes;
      if (change >= kChange) ++raises;
    }
    if (changes > expected.changes_at_most.value_or(changes))
      complain(name(i) + ": " + std::to_string(changes) + " changes");
    if (raises > expected.raises_at_most.value_or(raises))
      complain(name(i) + ": " + std::to_string(raises) + " raises");
  }

  [[nodiscard]] bool is_on(std::size_t i, int s) const { return second(s).setpoint[i] > Milliamps(); }

  void judge_turns(const DeviceExpectation& expected, std::size_t i) {
    int on = 0;
    for (int s = span_.from_s; s < span_.to_s; ++s) on += is_on(i, s) ? 1 : 0;
    if (on < expected.on_at_least_s.value_or(on)) complain(name(i) + ": on for " + std::to_string(on) + " s");
    const int waits = longest(span_, [&](int s) { return second(s).asks[i] && !is_on(i, s); });
    if (waits > expected.waits_at_most_s.value_or(waits))
      complain(name(i) + ": waited for " + std::to_string(waits) + " s");
    judge_stays(expected.stays_on_s, i, true);
    judge_stays(expected.stays_off_s, i, false);
  }

  /// Each time it is on (or off) between two changes.
  void judge_stays(const std::optional<int>& least, std::size_t i, bool on) {
    std::optional<int> since;
    for (int s = span_.from_s + 1; s < span_.to_s && least; ++s) {
      if (is_on(i, s) == is_on(i, s - 1)) continue;
      if (is_on(i, s) == on) {
        since = s;
      } else if (since && s - *since < *least) {
        return complain(name(i) + ": " + (on ? "on" : "off") + " for only " + std::to_string(s - *since) + " s" +
                        at(s));
      }
    }
  }

  void judge(const MeterExpectation& expected) {
    for (int s = span_.from_s; s < span_.to_s; ++s)
      if (second(s).quality[expected.meter] != expected.quality)
        return complain(sequence_.street.site.meters[expected.meter].name + ": meter is " +
                        std::string(name_of(second(s).quality[expected.meter])) + at(s));
  }

  const Sequence& sequence_;
  const Trace& trace_;
  Span span_;
  const Expectation* expected_ = nullptr;
  std::string text_;
};

}  // namespace

std::string judge(const Sequence& sequence, const Trace& trace) {
  if (trace.wrong) return *trace.wrong;
  return Judge(sequence, trace).run();
}

}  // namespace balans
