#include "api/http/signature.hpp"

#include "api/http/problem.hpp"
#include "common/messages/signed.hpp"

namespace balans::api {
namespace {

Response refuse(std::string_view header, std::string_view detail) {
  return header_problem(problems::kBadSignature, header, detail);
}

}  // namespace

std::optional<Response> refuse_key(const RequestHead& head, const PublicKey& pinned, const SiteId& site) {
  const Result<Bytes32> key = bytes32_from_hex(head.header("balans-key"));
  if (!key) return refuse("Balans-Key", key.error().what);
  if (*key != pinned.bytes) return refuse("Balans-Key", "not the key enrolled for site " + site.str());
  return std::nullopt;
}

std::optional<Response> refuse_signature(const Call& call) {
  const Roster& roster = call.access->roster;
  return refuse_signature(call.request, roster.sites.at(call.site).key, deployment_of(roster, call.site));
}

std::optional<Response> refuse_signature(const Request& request, const PublicKey& key, const DeploymentId& deployment) {
  const Result<Bytes64> signature = bytes64_from_hex(request.head.header("balans-signature"));
  if (!signature) return refuse("Balans-Signature", signature.error().what);
  const std::string route = std::string(name_of(request.head.method)) + " " + request.head.target;
  if (!verify(key, signed_text("http", deployment, route, request.body), Signature{*signature}))
    return refuse("Balans-Signature", "does not fit key, deployment, '" + route.substr(0, 120) + "' and body");
  return std::nullopt;
}

}  // namespace balans::api
