#pragma once
// The sections of site.yaml, one function each. Problems are noted in the section's file; what was read is only good
// once the file says so.

#include "common/io/config/config.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {

inline constexpr Milliamps kMostAmps = 5000_A;
inline constexpr std::size_t kMaxNodes = 200;
inline constexpr std::size_t kMaxMeters = 100;
inline constexpr std::size_t kMaxTimedLimits = 200;

/// Node 0, its rating, and the air around it.
void read_transformer(const config::Section& section, SiteFile& file);
void read_nodes(const config::Section& root, Site& site);
void read_meters(const config::Section& root, SiteFile& file);
void read_agents(const config::Section& root, Site& site);
void read_timetable(const config::Section& root, Site& site);
void read_statutory(const config::Section& section, FloorSettings& floors);

/// A part of each day in some months, in local time: the keys `months`, `from` and `to`, each of which may be absent.
struct DaySpan {
  std::uint16_t months = 0xfff;  ///< bit 0 is January
  int from_minute = 0;
  int to_minute = 24 * 60;  ///< not included
};
DaySpan read_day_span(const config::Section& row);

}  // namespace balans
