#pragma once
// Requests signed by a site: who it is, and that nobody has changed anything on the way.

#include <optional>

#include "api/http/router.hpp"

namespace balans::api {

/// Whether the request names the key that is pinned for the site. Needs no body.
std::optional<Response> refuse_key(const RequestHead& head, const PublicKey& pinned, const SiteId& site);
/// Whether that key has signed method, target and body.
std::optional<Response> refuse_signature(const Call& call);
std::optional<Response> refuse_signature(const Request& request, const PublicKey& key, const DeploymentId& deployment);

}  // namespace balans::api
