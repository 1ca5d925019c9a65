#pragma once
// What an archive asks of the outside, and what pure code may not ask for.

#include <string>
#include <string_view>
#include <vector>

namespace balans::house {

/// Why pure code may not use this (demangled) symbol: "a clock", "a file"; empty if it may.
std::string_view refusal(std::string_view symbol);

/// The refused symbols among those that `nm -uC` lists for the archive, as "object.o: symbol is a clock".
std::vector<std::string> refused_symbols(const std::string& archive);

}  // namespace balans::house
