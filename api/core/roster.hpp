#pragma once
// Who this api knows, and by which key. Pinned in api.yaml; keys that arrive in messages are compared, never trusted.

#include <map>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"

namespace balans::api {

struct EnrolledSite {
  PublicKey key;                        ///< signs the site's HTTP requests
  std::map<AgentId, PublicKey> agents;  ///< sign their own reading batches
};

struct Roster {
  DeploymentId deployment;
  std::map<SiteId, EnrolledSite> sites;
};

}  // namespace balans::api
