// Targets of requests: whatever comes, it is taken apart or refused.
#include "api/http/query.hpp"
#include "api/core/cursor.hpp"
#include "api/core/rfc3339.hpp"
#include "tests/fuzz/target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace balans::api;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_rfc3339(text).ok();
  (void)parse_cursor(text).ok();
  const auto target = parse_target(text);
  if (target)
    for (const auto& [name, value] : target->query) (void)parse_rfc3339(value).ok();
  return 0;
}
