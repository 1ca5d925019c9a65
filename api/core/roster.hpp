#pragma once
// Who this api knows, and by which key. Pinned in api.yaml; keys that arrive in messages are compared, never trusted.

#include <map>
#include <optional>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"

namespace balans::api {

struct EnrolledSite {
  PublicKey key;                             ///< signs the site's HTTP requests
  std::map<AgentId, PublicKey> agents;       ///< sign their own reading batches
  std::optional<DeploymentId> deployment{};  ///< its own, where it is not the api's
};

struct Roster {
  DeploymentId deployment;
  std::map<SiteId, EnrolledSite> sites;
};

/// What all that the site and the api sign for one another is bound to.
inline const DeploymentId& deployment_of(const Roster& roster, const SiteId& site) {
  const auto known = roster.sites.find(site);
  return known != roster.sites.end() && known->second.deployment ? *known->second.deployment : roster.deployment;
}

}  // namespace balans::api
