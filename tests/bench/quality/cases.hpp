#pragma once
// What the policies are compared on: weeks of real sites, at transformers from ample to far too small.

#include <filesystem>
#include <string>
#include <vector>

#include "common/result.hpp"
#include "sim/run/run.hpp"

namespace balans::bench {

/// Weights are tuned on the earlier half of a site's days; the later half is for what is published.
enum class Half : std::uint8_t { Early, Late };
std::string_view name_of(Half half);

/// How short of power a site is: by what a clairvoyant could deliver.
enum class Shortage : std::uint8_t { Relaxed, Full, Tight, Short, Chronic };
inline constexpr std::array<Shortage, 5> kShortages{Shortage::Relaxed, Shortage::Full, Shortage::Tight, Shortage::Short,
                                                    Shortage::Chronic};
std::string_view name_of(Shortage shortage);
/// For people: "a clairvoyant delivers 90 %".
std::string_view meaning_of(Shortage shortage);

/// Weeks of a site.
struct Weeks {
  std::string site;
  int weeks = 1;
  Half half = Half::Early;
  sim::LocalTime start;
  int drivers = 0;
  int sessions = 0;
};

struct Case {
  Weeks weeks;
  Shortage shortage = Shortage::Full;
  VoltAmps transformer{};
  [[nodiscard]] std::string name() const;  ///< "TRO_R, 2 weeks, tight"
};

/// Of each site and length the busiest weeks of that half of its days: those in which the most energy is asked for by
/// sessions that begin and end in them; of equals, the earliest. They begin at a midnight. Lengths that do not fit into
/// the half are left out.
Result<std::vector<Weeks>> busiest_weeks(const std::filesystem::path& sessions_file, Half half);

/// The run of a case: of many drivers the first 40, and as many of the feeder's households.
runs::RunOptions options_of(const Weeks& weeks, const std::filesystem::path& data_dir);

/// Which shortages are looked at for so many weeks: all for one, fewer for more, or it would take hours.
std::vector<Shortage> shortages_of(int weeks);

/// The smallest transformer, in whole kVA, at which a clairvoyant delivers the share that belongs to each shortage.
Result<std::vector<Case>> rate(const Weeks& weeks, const std::filesystem::path& data_dir);

}  // namespace balans::bench
