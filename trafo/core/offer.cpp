#include "trafo/core/offer.hpp"

#include <array>

namespace balans {
namespace {

/// 11'500 as "11.5".
std::string thousandths(std::int64_t value) {
  std::string fraction = std::to_string(1000 + value % 1000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return std::to_string(value / 1000) + (fraction.empty() ? "" : ".") + fraction;
}

std::string text_of(Milliamps current) { return thousandths(current.count()) + " A"; }
std::string text_of(Millis time) { return thousandths(time.count()) + " s"; }
template <class Value>
std::string text_of(const std::optional<Value>& value) {
  return value ? text_of(*value) : "none";
}

std::string names_of(const PhaseSet& phases) {
  std::string text;
  for (Phase p : kPhases)
    if (phases.contains(p)) text += (text.empty() ? "" : ", ") + std::string(name_of(p));
  return text;
}

template <class Offered, class Allowed>
std::string at_most(std::string_view key, const Offered& offered, const Allowed& allowed) {
  return std::string(key) + " is " + text_of(offered) + ", expected at most " + text_of(allowed);
}

struct CurrentPair {
  std::string_view key;
  Milliamps Offer::*offered;
  Milliamps Enrolment::*allowed;
};
constexpr std::array kCurrents{CurrentPair{"max_a", &Offer::max, &Enrolment::max},
                               CurrentPair{"failsafe_a", &Offer::failsafe, &Enrolment::failsafe},
                               CurrentPair{"device_fallback_a", &Offer::device_fallback, &Enrolment::device_fallback},
                               CurrentPair{"max_feed_a", &Offer::max_feed, &Enrolment::max_feed},
                               CurrentPair{"failsafe_feed_a", &Offer::failsafe_feed, &Enrolment::failsafe_feed},
                               CurrentPair{"fallback_feed_a", &Offer::fallback_feed, &Enrolment::fallback_feed}};

std::optional<std::string> beyond_currents(const Offer& offer, const Enrolment& agent) {
  for (const CurrentPair& pair : kCurrents)
    if (offer.*pair.offered > agent.*pair.allowed) return at_most(pair.key, offer.*pair.offered, agent.*pair.allowed);
  return std::nullopt;
}

std::optional<std::string> beyond_times(const Offer& offer, const Enrolment& agent, const Site& site) {
  if (agent.revert && (!offer.revert || *offer.revert > *agent.revert))
    return at_most("revert_s", offer.revert, agent.revert);
  if (agent.contactor && (!offer.contactor || *offer.contactor > *agent.contactor))
    return at_most("contactor_s", offer.contactor, agent.contactor);
  if (offer.settle > agent.settle) return at_most("settle_s", offer.settle, agent.settle);
  if (offer.failsafe_hold < site.failsafe_hold)  // it would come back before its failsafe is booked
    return "failsafe_hold_s is " + text_of(offer.failsafe_hold) + ", expected at least " + text_of(site.failsafe_hold);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> refusal(const Offer& offer, const Enrolment& agent, const Site& site) {
  std::optional<std::string> why;
  if (offer.kind != agent.kind)
    why = "kind is " + std::string(name_of(offer.kind)) + ", expected " + std::string(name_of(agent.kind));
  for (Phase p : kPhases)
    if (!why && offer.phases.contains(p) && !agent.phases.contains(p))
      why = "phases are " + names_of(offer.phases) + ", expected only " + names_of(agent.phases);
  if (!why) why = beyond_currents(offer, agent);
  if (!why) why = beyond_times(offer, agent, site);
  if (!why) return std::nullopt;
  return "offers what it is not enrolled for: " + *why;
}

}  // namespace balans
