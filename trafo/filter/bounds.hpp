#pragma once
// What a line may hold at most, beside the bounds of all messages (common/messages/fields.hpp);
// config/schema/allocate-problem.schema.json says the same.

#include <cstddef>
#include <cstdint>

namespace balans::filter::bounds {

inline constexpr std::size_t kLineBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kNodes = 100'000;
inline constexpr std::size_t kDevices = 100'000;
inline constexpr std::size_t kLimits = 100'000;
inline constexpr std::size_t kLevels = 256;
inline constexpr int kDepth = 64;
inline constexpr std::size_t kName = 200;  ///< bytes of UTF-8

inline constexpr std::int64_t kRowMa = 100'000'000'000;  ///< 100 MA
inline constexpr std::int64_t kDayMs = 86'400'000;       ///< minimum on and off times
inline constexpr std::int64_t kYearMs = 31'622'400'000;  ///< a deadline
inline constexpr std::int64_t kNeededWh = 1'000'000'000;
inline constexpr std::int64_t kWeight = 1 << 20;
inline constexpr std::int64_t kPriority = 255;

}  // namespace balans::filter::bounds
