#pragma once
// How often the program has taken memory from the heap so far. Replaces the global operator new of the program it is
// linked into.

#include <cstdint>

namespace balans {

std::int64_t taken_from_heap();

}  // namespace balans
