#pragma once
// `balans/{site}/{who}/{what}`: the only place that knows how topics are spelt.

#include <optional>
#include <string>
#include <string_view>

#include "common/ids.hpp"

namespace balans::topics {

inline constexpr std::string_view kTrafo = "trafo";

std::string offer(const SiteId& site, const AgentId& agent);
std::string status(const SiteId& site, const AgentId& agent);
std::string limit(const SiteId& site, const AgentId& agent);
std::string readings(const SiteId& site, const AgentId& agent);
std::string stored(const SiteId& site, const AgentId& agent);
std::string online(const SiteId& site, std::string_view who);
std::string trafo_state(const SiteId& site);
std::string order(const SiteId& site);
std::string evidence(const SiteId& site);

/// What the controller subscribes to, over all agents: `balans/{site}/+/offer` and so on.
std::string every(const SiteId& site, std::string_view what);

struct Parts {
  AgentId who;  ///< "trafo" for the controller
  std::string what;
};
/// The parts of a topic of this site; nothing when it is another's or malformed.
std::optional<Parts> parse(const SiteId& site, std::string_view topic);

}  // namespace balans::topics
