#pragma once
// How the C library keeps memory. A small machine runs many agents; none has use for what fast allocation costs.

namespace balans {

/// Before the first thread: one arena for all of them. By default each gets its own, of which most stays empty.
void share_one_arena();

/// After the start: what reading the configuration took goes back to the kernel.
void give_back_memory_of_start();

}  // namespace balans
