#include "api/http/query.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "api/core/limits.hpp"

namespace balans::api {

Result<Target> parse_target(std::string_view text) {
  const auto parsed = boost::urls::parse_origin_form(boost::core::string_view(text.data(), text.size()));
  if (!parsed) return Error{"", "'" + std::string(text.substr(0, 80)) + "' is not a path with an optional query"};
  Target target;
  for (const auto& segment : parsed->segments()) target.segments.emplace_back(segment);
  if (target.segments.empty()) target.segments.emplace_back();
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto& parameter : parsed->params(form)) {
    if (target.query.size() == limits::kQueryParameters) return Error{"", "too many query parameters"};
    if (!target.query.emplace(parameter.key, parameter.value).second)
      return Error{"", "query parameter '" + parameter.key + "' is given twice"};
  }
  return target;
}

}  // namespace balans::api
