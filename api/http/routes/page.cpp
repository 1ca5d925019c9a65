// The page and the contract: files that are part of the program.
#include "api/core/limits.hpp"
#include "api/http/routes/routes.hpp"
#include "api/http/web_texts.hpp"
#include "common/crypto/crypto.hpp"

namespace balans::api {
namespace {

/// The page loads nothing from elsewhere and runs no script but its own.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kScript = "text/javascript; charset=utf-8";

Route file(std::string_view path, std::string_view type, std::string_view content) {
  const std::string etag = "\"" + to_hex(blake2b(content).bytes).substr(0, 16) + "\"";
  return {Method::Get, path, Privilege::Open, 0, {}, [=](const Call& call) -> Answer {
            Response response{200, std::string(type), {{"ETag", etag}, {"Cache-Control", "no-cache"}}, ""};
            response.headers.emplace_back("Content-Security-Policy", kPolicy);
            response.headers.emplace_back("Referrer-Policy", "no-referrer");
            if (call.request.head.header("if-none-match") == etag)
              response.status = 304;
            else
              response.body = content;
            return response;
          }};
}

}  // namespace

std::vector<Route> page_routes() {
  return {
      file("/", "text/html; charset=utf-8", embedded::kindex_html),
      file("/page.css", "text/css; charset=utf-8", embedded::kpage_css),
      file("/page.js", kScript, embedded::kpage_js),
      file("/view.js", kScript, embedded::kview_js),
      file("/gauges.js", kScript, embedded::kgauges_js),
      file("/nodes.js", kScript, embedded::knodes_js),
      file("/devices.js", kScript, embedded::kdevices_js),
      file("/facts.js", kScript, embedded::kfacts_js),
      file("/words.js", kScript, embedded::kwords_js),
      file("/openapi.yaml", "application/yaml", embedded::kopenapi_yaml),
  };
}

}  // namespace balans::api
