#pragma once
// The processes of one site: a broker, and either Balans or the bare programs beside it.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/stage/child.hpp"
#include "tests/bench/field/site.hpp"
#include "tests/bench/field/usage.hpp"

namespace balans::bench {

using Seconds = std::chrono::seconds;

/// Looks every millisecond. False when `most` is over.
bool wait_for(std::chrono::milliseconds most, const std::function<bool()>& done);

class Fleet {
 public:
  Fleet(const FieldPlan& plan, std::filesystem::path programs) : plan_(plan), programs_(std::move(programs)) {}

  Result<void> start_broker();
  /// The bare programs, ready.
  Result<void> start_bare();
  /// The agents, then the controller; they are not waited for.
  Result<void> start_balans();
  Result<void> start_controller();
  void stop_controller() { controller_.reset(); }
  void stop_programs();

  /// To the bare controller: all chargers to so many ampere.
  Result<void> tell_bare(const std::string& amps) { return controller_->write_line(amps); }

  [[nodiscard]] pid_t controller() const { return controller_->pid(); }
  [[nodiscard]] std::vector<pid_t> agents() const;
  [[nodiscard]] std::filesystem::path log(const std::string& name) const { return plan_.folder / (name + ".log"); }
  /// How often a word stands in what a process has printed: NAME.log, or NAME.err where its events are.
  [[nodiscard]] std::size_t count(const std::string& file, const std::string& word) const;

 private:
  Result<std::unique_ptr<sim::Child>> start(const std::string& name, std::vector<std::string> arguments,
                                            sim::ChildInput input = sim::ChildInput::None);
  [[nodiscard]] std::string program(const std::string& name) const { return (programs_ / name).string(); }

  const FieldPlan& plan_;
  std::filesystem::path programs_;
  std::unique_ptr<sim::Child> broker_;
  std::unique_ptr<sim::Child> controller_;
  std::vector<std::unique_ptr<sim::Child>> agents_;
};

}  // namespace balans::bench
