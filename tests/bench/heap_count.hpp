#pragma once
// How often the program has taken memory from the heap so far.

#include <cstdint>

namespace balans::bench {

std::int64_t taken_from_heap();

}  // namespace balans::bench
