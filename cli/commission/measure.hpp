#pragma once
// Steps one device up and down, lets it alone, and notes what it and the grid's meter show. Judges nothing.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/commission/places.hpp"
#include "cli/stepping.hpp"
#include "common/registers/driver.hpp"
#include "common/registers/transport.hpp"

namespace balans::cli {

/// What a meter shows, by grid phase. Import is positive where the meter knows directions.
struct GridReading {
  PerPhase<Milliamps> current;
  std::optional<PerPhase<Watts>> power;
  std::optional<Watts> total_power;
  std::optional<PerPhase<Millivolts>> voltage;
};

/// A meter that is read through its device file.
class GridMeter {
 public:
  GridMeter(const CommissioningMeter& meter, Transport& transport);
  Result<GridReading> read();

 private:
  Driver driver_;
  std::vector<Phase> phases_;
  bool prepared_ = false;
};

/// A limit, held until everything has come to rest.
struct Level {
  std::string name;  ///< "minimum", "full"
  Milliamps asked;
  Setpoint written;
  std::optional<Milliamps> shown;          ///< the limit that the device tells at the end
  std::optional<PerPhase<Milliamps>> own;  ///< on its terminals, at rest, as it measures itself
  std::optional<GridReading> grid;         ///< at rest
  std::optional<Millis> own_settled;       ///< from the write to rest, by its own measuring; absent for the first
  std::optional<Millis> grid_settled;      ///< by the meter
  bool came_to_rest = false;
};

/// Nobody has spoken to the device.
struct Silence {
  Millis lasted;
  std::optional<Millis> fell_after;        ///< when the meter had seen it come down; absent: no meter, or not at all
  std::optional<GridReading> grid;         ///< at the end
  std::optional<PerPhase<Milliamps>> own;  ///< read at the end
  std::optional<Milliamps> shown;
};

struct Measures {
  std::optional<Milliamps> before;  ///< the limit that stood there
  std::vector<Level> levels;        ///< the first one low, then high and low in turn
  std::optional<Silence> silence;
  std::optional<Setpoint> put_back;
  std::optional<std::string> not_put_back;
  std::optional<std::string> problem;  ///< why it ended early
};

struct MeasureOptions {
  int rises = 2;  ///< how often it goes up
  Millis poll_every = 500_ms;
  Millis wakes = 60_s;   ///< how long it may take to begin at all
  Millis margin = 10_s;  ///< beyond its time-out
  bool with_silence = true;
};

using Told = std::function<void(const std::string&)>;

/// `meter` and `contactor` may be null. Whatever happens after the first write, the old limit is written again.
Measures measure(const CommissionedDevice& device, Transport& transport, GridMeter* meter, Transport* contactor,
                 const MeasureOptions& options, Pace& pace, const Told& told);

}  // namespace balans::cli
