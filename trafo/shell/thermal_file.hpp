#pragma once
// The transformer's thermal state across restarts, in one small file.

#include <filesystem>
#include <optional>

#include "common/io/clock/clock.hpp"
#include "common/io/runtime/event_log.hpp"
#include "trafo/core/saved_thermal.hpp"

namespace balans {

class ThermalFile {
 public:
  static constexpr Millis kLookEvery = 60_s;
  /// A memory card is spared while the temperatures stay where they are.
  static constexpr Millis kSaveEvery = 300_s;
  static constexpr MilliCelsius kMoved = MilliCelsius(500);

  /// Reads what an earlier run has left.
  ThermalFile(std::filesystem::path file, const RatingPlan& plan, const Clock& clock, EventLog& log);

  /// Before each decision: takes up the saved state as soon as the clock is synchronised. `utc` is `input.now`.
  void resume(const RatingInput& input, std::optional<UnixTime> utc, std::optional<RatingMemory>& memory);

  void save_if_due(const RatingMemory& memory);
  /// Durable on return.
  void save_at_end(const RatingMemory& memory);

 private:
  [[nodiscard]] SavedThermal saved(const RatingMemory& memory) const;
  [[nodiscard]] bool worth_writing(const SavedThermal& fresh, BootTime now) const;
  void note(const Result<void>& written);
  void forget(std::string_view why);

  const std::filesystem::path file_;
  const RatingPlan& plan_;
  const Clock& clock_;
  EventLog& log_;
  /// Read and neither taken up nor given up. Until then the file stays as it is.
  std::optional<SavedThermal> waiting_;
  bool waits_for_clock_ = false;
  std::optional<BootTime> looked_;
  std::optional<SavedThermal> written_;
  BootTime written_at_{};
  bool failing_ = false;
};

}  // namespace balans
