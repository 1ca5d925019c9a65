#include "common/messages/topics.hpp"

namespace balans::topics {
namespace {

std::string topic(const SiteId& site, std::string_view who, std::string_view what) {
  std::string text = "balans/";
  text += site.str();
  text += '/';
  text += who;
  text += '/';
  text += what;
  return text;
}

}  // namespace

std::string offer(const SiteId& site, const AgentId& agent) { return topic(site, agent.str(), "offer"); }
std::string status(const SiteId& site, const AgentId& agent) { return topic(site, agent.str(), "status"); }
std::string limit(const SiteId& site, const AgentId& agent) { return topic(site, agent.str(), "limit"); }
std::string readings(const SiteId& site, const AgentId& agent) { return topic(site, agent.str(), "readings"); }
std::string stored(const SiteId& site, const AgentId& agent) { return topic(site, agent.str(), "stored"); }
std::string online(const SiteId& site, std::string_view who) { return topic(site, who, "online"); }
std::string trafo_state(const SiteId& site) { return topic(site, kTrafo, "state"); }
std::string order(const SiteId& site) { return topic(site, kTrafo, "order"); }
std::string evidence(const SiteId& site) { return topic(site, kTrafo, "evidence"); }
std::string every(const SiteId& site, std::string_view what) { return topic(site, "+", what); }

std::optional<Parts> parse(const SiteId& site, std::string_view topic) {
  const std::string prefix = "balans/" + site.str() + "/";
  if (!topic.starts_with(prefix)) return std::nullopt;
  topic.remove_prefix(prefix.size());
  const std::size_t slash = topic.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Result<AgentId> who = AgentId::parse(topic.substr(0, slash));
  const std::string_view what = topic.substr(slash + 1);
  if (!who || what.empty()) return std::nullopt;
  return Parts{*who, std::string(what)};
}

}  // namespace balans::topics
