#pragma once
// Between the library's messages and ours. Part of server.cpp.

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <cctype>
#include <string>

#include "api/http/problem.hpp"

namespace balans::api {

inline Method method_of(boost::beast::http::verb wanted) {
  using boost::beast::http::verb;
  switch (wanted) {
    case verb::get:
      return Method::Get;
    case verb::head:
      return Method::Head;
    case verb::post:
      return Method::Post;
    case verb::put:
      return Method::Put;
    case verb::delete_:
      return Method::Delete;
    case verb::options:
      return Method::Options;
    default:
      return Method::Other;
  }
}

template <class Fields>
RequestHead head_of(const Fields& message) {
  RequestHead head{method_of(message.method()), std::string(message.target()), {}};
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string& value = head.headers[name];
    if (!value.empty()) value += name == "cookie" ? "; " : ", ";
    value += std::string(field.value());
  }
  return head;
}

/// What to answer when a request cannot even be parsed.
inline Response malformed(const boost::system::error_code& failure) {
  if (failure == boost::beast::http::error::header_limit)
    return problem(problems::kHeadersTooLarge, "too many bytes of headers");
  if (failure == boost::beast::http::error::body_limit) return problem(problems::kTooLarge, "too many bytes of body");
  return problem(problems::kBadRequest, failure.message());
}

}  // namespace balans::api
