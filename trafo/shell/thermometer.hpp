#pragma once
// Reads a thermometer that is a file, on a thread of its own: a 1-wire sensor takes most of a second to answer.

#include <functional>
#include <string_view>
#include <thread>

#include "common/io/clock/clock.hpp"
#include "trafo/core/ambient.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {

/// The number that `text` begins with and that nothing but white space follows, times `scale`. Refuses what is not
/// the temperature of air.
Result<MilliCelsius> parse_temperature(std::string_view text, double scale);

class Thermometer {
 public:
  static constexpr Millis kEvery = 30_s;

  /// The first reading is posted before this returns: the first decision wants to know how warm it is.
  Thermometer(ThermometerSettings settings, const Clock& clock, std::function<void(Result<AmbientReading>)> on_reading);

 private:
  void run(const std::stop_token& stop);
  void post_reading();

  ThermometerSettings settings_;
  const Clock& clock_;
  std::function<void(Result<AmbientReading>)> on_reading_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace balans
