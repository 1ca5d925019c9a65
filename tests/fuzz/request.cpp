// The glue of requests: a line for method and target, lines of headers, a blank line, a body. Whatever comes, there is
// exactly one answer, and a problem where it is no success.
#include <array>

#include "common/check.hpp"
#include "tests/api/street.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace balans::api;

constexpr std::array<std::pair<std::string_view, Method>, 5> kMethods{{{"GET", Method::Get},
                                                                       {"POST", Method::Post},
                                                                       {"PUT", Method::Put},
                                                                       {"DELETE", Method::Delete},
                                                                       {"OPTIONS", Method::Options}}};

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

Request request_of(std::string_view text) {
  Request request;
  std::string_view first = take_line(text);
  for (const auto& [name, method] : kMethods)
    if (first.starts_with(name)) request.head.method = method;
  request.head.target = first.substr(std::min(first.find(' ') + 1, first.size()));
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.head.headers[std::string(line.substr(0, colon))] = line.substr(std::min(colon + 1, line.size()));
  }
  request.body = text;
  return request;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::Street street;
  static test::Api api(street);
  const Request request = request_of({reinterpret_cast<const char*>(data), size});
  const Answer answer = api.answer_to(request);
  if (const auto* response = std::get_if<Response>(&answer))
    BALANS_CHECK(response->status >= 200 && response->status < 600);
  return 0;
}
