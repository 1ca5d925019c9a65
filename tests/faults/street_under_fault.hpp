#pragma once
// A small street of real processes: two three-phase chargers behind a transformer that cannot give both cars all they
// want, beside a base load that never changes. What happens is judged by the programs' own event logs and by the
// street's truth, in simulated time; waiting is bounded in real time only so that a hung program fails the test.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/phases.hpp"
#include "common/units.hpp"
#include "sim/stage/stage.hpp"

namespace balans::sim {

/// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One second of the street's truth.
struct Second {
  UnixTime at;
  PerPhase<Milliamps> base;
  PerPhase<Milliamps> load;
  bool overload = false;
  struct Device {
    Milliamps drawn;    ///< on the phase with the largest current
    Milliamps allowed;  ///< by its registers or its watchdog
    bool fallen_back = false;
  };
  std::map<std::string, Device> devices;

  [[nodiscard]] Milliamps allowed_in_all() const;
};

/// A limit that the controller sent.
struct SentLimit {
  UnixTime at;
  std::string agent;
  std::int64_t epoch = 0;
  Milliamps max;  ///< on the phase with the largest limit
  Milliamps before;

  [[nodiscard]] bool raises() const { return max > before; }
};

class StreetUnderFault : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kPatience{60'000};
  static constexpr VoltAmps kRated = 24_kVA;
  static constexpr Milliamps kUsable = 33'738_mA;  ///< 24 kVA / 3 / 230 V less 3 %
  static constexpr Milliamps kTwoShares = 10_A;    ///< a car that draws this much has its share of two
  inline static const std::vector<std::string> kChargers{"charger-1", "charger-3"};

  /// The faults' usual pace; bounds of few seconds want a slower one.
  struct Pace {
    std::int64_t speed = 10;
    Millis reading_every = 60_s;
  };
  void begin(Pace pace);
  void TearDown() override;

  void tell(const std::string& command);
  void plug_cars();  ///< at both chargers, and both draw their share
  [[nodiscard]] bool wait_for(const std::function<bool()>& done) { return stage_->wait_for(done, kPatience); }
  /// Until the street has told the truth about this moment.
  [[nodiscard]] bool wait_until(UnixTime time);
  [[nodiscard]] UnixTime now() const { return stage_->clock().utc(); }
  [[nodiscard]] std::int64_t speed() const { return pace_.speed; }
  [[nodiscard]] Stage& stage() { return *stage_; }

  [[nodiscard]] std::vector<Second> truth_since(UnixTime from) const;
  [[nodiscard]] std::optional<Second> newest() const;
  /// When an event with this name was first written by the process at or after `from`.
  [[nodiscard]] std::optional<UnixTime> first_event(const std::string& process, std::string_view name,
                                                    UnixTime from) const;
  [[nodiscard]] std::vector<SentLimit> sent_limits() const;
  /// When the controller first sent this agent more than before, at or after `from`.
  [[nodiscard]] std::optional<UnixTime> first_raise(const std::string& agent, UnixTime from) const;
  /// When the device is first at its fallback by its own watchdog, and draws nothing.
  [[nodiscard]] std::optional<UnixTime> fallen_back(const std::string& device, UnixTime from) const;
  /// The longest run of seconds with an overload.
  [[nodiscard]] std::int64_t longest_overload(UnixTime from) const;

  void expect_within_budget(UnixTime from) const;

 private:
  Pace pace_;
  TemporaryFolder data_;
  std::unique_ptr<Stage> stage_;
};

/// The text of a member, or nothing.
std::string_view text_of(const boost::json::object& object, std::string_view key);

}  // namespace balans::sim
