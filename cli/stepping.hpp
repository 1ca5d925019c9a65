#pragma once
// Steps a device's limit through minimum, half and full, watches what it does, and puts back what was.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/direction.hpp"
#include "common/registers/driver.hpp"
#include "common/units.hpp"

namespace balans::cli {

/// Time as the stepping sees it.
class Pace {
 public:
  enum class Wait : std::uint8_t { Passed, Interrupted };
  virtual ~Pace() = default;
  [[nodiscard]] virtual BootTime now() const = 0;
  /// Interrupted: somebody wants to stop, now or earlier.
  virtual Wait wait(Millis time) = 0;
  /// The same, and nobody can stop it: while the old limit is put back.
  virtual void rest(Millis time) = 0;
};

struct SteppingOptions {
  std::uint8_t unit = 1;
  int phases = 3;
  Milliamps most;                      ///< what the supply may carry: never more is written, but for what was there
  std::optional<Milliamps> back_to{};  ///< for a device that cannot tell its limit
  Millis settle = 10'000_ms;           ///< how long each step is watched
  Millis poll_every = 500_ms;
};

struct Step {
  std::string name;
  Milliamps asked;
  std::optional<Setpoint> written;     ///< absent: that failed
  std::optional<Millis> shown_after;   ///< when the device told this limit
  std::optional<Milliamps> shown;      ///< what it told last
  std::optional<Millis> within_after;  ///< when its current was inside the limit
  std::optional<Milliamps> current;    ///< on its largest phase, at the end
  std::optional<std::string> problem;
};

struct Stepping {
  Direction direction = Direction::Draw;
  std::optional<Milliamps> before;  ///< what was there
  std::vector<Step> steps;
  std::optional<Setpoint> put_back;         ///< what stands there now; absent: nothing was written, or that failed
  std::optional<std::string> not_put_back;  ///< why the old limit is not there again
  std::optional<std::string> problem;       ///< why it ended early
  [[nodiscard]] bool fine() const;
};

/// What its name plate says, of a device whose limit is a share of that; read from it. Absent for all others.
Result<std::optional<Watts>> rated_power(const DeviceDescription& device, Transport& transport, std::uint8_t unit);

/// The currents that it would step through; an error where nothing can be limited or nothing lies below `most`.
Result<std::vector<Step>> plan_steps(const DeviceDescription& device, const SteppingOptions& options,
                                     std::optional<Watts> rated);

/// Whatever happens after the first write, the old limit is written again.
Stepping step_through(const DeviceDescription& device, Transport& transport, const SteppingOptions& options, Pace& pace,
                      const std::function<void(const Step&)>& on_step);

std::string step_text(const Step& step);
std::string outcome_text(const Stepping& stepping, const DeviceDescription& device);

}  // namespace balans::cli
