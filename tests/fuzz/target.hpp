#pragma once
// A fuzz target is one function; libFuzzer's driver or ours calls it with many inputs.

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
