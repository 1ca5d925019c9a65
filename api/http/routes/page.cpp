// The page and the contract: files that are part of the program.
#include "api/http/front.hpp"
#include "api/http/routes/routes.hpp"
#include "api/http/web_texts.hpp"

namespace balans::api {
namespace {

/// The page loads nothing from elsewhere and runs no script but its own.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kScript = "text/javascript; charset=utf-8";

Route file(std::string_view path, std::string_view type, std::string_view content) {
  return {Method::Get, path, Privilege::Open, 0, {}, [type, content, etag = tag_of(content)](const Call&) -> Answer {
            return Response{200,
                            std::string(type),
                            {{"ETag", etag},
                             {"Cache-Control", "no-cache"},
                             {"Content-Security-Policy", std::string(kPolicy)},
                             {"Referrer-Policy", "no-referrer"}},
                            std::string(content)};
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
      file("/access.js", kScript, embedded::kaccess_js),
      file("/money.js", kScript, embedded::kmoney_js),
      file("/today.js", kScript, embedded::ktoday_js),
      file("/openapi.yaml", "application/yaml", embedded::kopenapi_yaml),
  };
}

}  // namespace balans::api
