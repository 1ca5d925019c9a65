// balans enrol: a site redeems the code that `balans-api site pair` has printed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <memory>

#include "cli/check/config_facts.hpp"
#include "cli/commands.hpp"
#include "common/io/http_client/http_client.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/program.hpp"
#include "common/messages/json.hpp"
#include "common/messages/signed.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans enrol";
constexpr std::string_view kRoute = "/v1/pairing";
constexpr std::size_t kMostAnswer = 64 * 1024;

struct Arguments {
  std::filesystem::path site = "/etc/balans/site.yaml";
  std::string url, code;
  HttpOptions http;
};

std::string body_of(const SiteFacts& site, const PublicKey& key, const std::string& code) {
  json::Writer w;
  w.begin_object().key("code").string(code).key("site").string(site.site.str()).key("key").string(to_hex(key.bytes));
  w.key("deployment").string(to_hex(site.deployment.bytes)).key("agents").begin_array();
  for (const SiteFacts::Entry& agent : site.agents) {
    if (agent.key == kNobody) continue;
    w.begin_object().key("id").string(agent.id.str()).key("key").string(to_hex(agent.key.bytes)).end_object();
  }
  return w.end_array().end_object().take();
}

/// The member of a flat answer, or nothing.
std::string member(const std::string& body, std::string_view name) {
  const auto value = json::parse_strict(body, kMostAnswer);
  const boost::json::object* object = value ? value->if_object() : nullptr;
  const boost::json::value* found = object == nullptr ? nullptr : object->if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

/// The api's key.
Result<std::string> redeem(const Arguments& arguments, const SiteFacts& site) {
  const auto signer = load_signer(site.site_key);
  if (!signer) return signer.error();
  const PublicKey& key = (*signer)->public_key();
  HttpRequest request;
  request.method = HttpMethod::Post;
  request.url = arguments.url + std::string(kRoute);
  request.body = body_of(site, key, arguments.code);
  const std::string route = "POST " + std::string(kRoute);
  const Signature signature = (*signer)->sign(signed_text("http", site.deployment, route, request.body));
  request.headers = {{"Content-Type", "application/json"},
                     {"Balans-Key", to_hex(key.bytes)},
                     {"Balans-Signature", to_hex(signature.bytes)}};
  const auto response = HttpClient(arguments.http).send(request);
  if (!response) return response.error();
  if (response->status != 200)
    return Error{arguments.url, fmt::format("answers {}: {}", response->status, member(response->body, "detail"))};
  const std::string api_key = member(response->body, "api_key");
  if (!bytes32_from_hex(api_key)) return Error{arguments.url, "does not tell its key"};
  return api_key;
}

int run(Arguments arguments) {
  while (arguments.url.ends_with('/')) arguments.url.pop_back();
  const auto site = read_site_facts(arguments.site);
  if (!site) return refuse_to_start(kName, site.error());
  const auto key = redeem(arguments, *site);
  if (!key) {
    fmt::print(stderr, "{}: {}\n", kName, key.error().message());
    return kExitFailure;
  }
  fmt::print("{} is enrolled. Put this into {}, and restart balans-trafo:\n\napi:\n  url: \"{}\"\n  key: \"{}\"\n",
             site->site.str(), arguments.site.string(), arguments.url, *key);
  return kExitOk;
}

}  // namespace

std::function<int()> add_enrol_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& enrol = *app.add_subcommand("enrol", "enrol this site at an api, with the code that its operator has made");
  enrol.add_option("--api", arguments->url, "where the api is: https://…")->required()->type_name("URL");
  enrol.add_option("--code", arguments->code, "as `balans-api site pair` has printed it")->required();
  enrol.add_option("--site", arguments->site, "the site's config file")->type_name("FILE")->capture_default_str();
  enrol.add_option("--ca", arguments->http.tls.ca, "the authority of the api's certificate (default: the system's)")
      ->type_name("FILE");
  return [arguments] { return run(*arguments); };
}

}  // namespace balans::cli
