#pragma once
// With which number an agent's first journal begins.

#include <cstdint>
#include <filesystem>

#include "common/units.hpp"

namespace balans {

/// A number that no reading had yet, for a journal that is new. The seconds since 1970 are more than readings will ever
/// be; but a clock may be wrong, so the numbers also go on far above those of journals that were put aside as
/// `FILE.from-backup` or `FILE.version-N`: by as many readings as one a minute makes in two years.
std::uint64_t used_before(const std::filesystem::path& journal, UnixTime now);

}  // namespace balans
