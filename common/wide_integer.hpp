#pragma once
// Integers of 128 bits, so that a product of two 64-bit numbers fits: the compiler's own, and those of Boost where it
// has none, on 32-bit machines. What may not fit is compared with the bounds before it is narrowed: what a cast makes
// of it depends on the machine, and Boost's throws where a negative number is to become an unsigned one.

#ifdef __SIZEOF_INT128__

namespace balans {
// `__extension__` keeps -Wpedantic quiet.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;
}  // namespace balans

#else

#include <boost/multiprecision/cpp_int.hpp>

namespace balans {
/// Sign and magnitude, not two's complement: masks and shifts to the right are for the unsigned one.
using Int128 = boost::multiprecision::int128_t;
using UInt128 = boost::multiprecision::uint128_t;
}  // namespace balans

#endif
