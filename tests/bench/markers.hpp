#pragma once
// Pages that hold what was measured between two markers: `<!-- NAME: begin -->` and `<!-- NAME: end -->`.

#include <string>

namespace balans::bench {

/// Replaces what stands between the markers in the file. False, with a word on standard error, where it cannot.
bool write_between_markers(const std::string& path, const std::string& name, const std::string& text);

}  // namespace balans::bench
