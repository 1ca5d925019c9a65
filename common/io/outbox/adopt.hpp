#pragma once
// Two outboxes become one: what a copy or a file that was set aside holds is sent too.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/result.hpp"

namespace balans {

/// Adds to the outbox `into` what `from` holds and it does not, and says how many items these were; `from` stays. Both
/// must be closed. Done twice it adds nothing more; what was delivered already is delivered once more, which receivers
/// take.
Result<std::int64_t> adopt(const std::filesystem::path& into, const std::filesystem::path& from);

/// An outbox that an older program had to set aside as `FILE.version-N`, and that this one can read again: its items
/// move into `file`. Nothing where there is none.
Result<std::optional<std::int64_t>> adopt_set_aside(const std::filesystem::path& file);

}  // namespace balans
