#pragma once
// A folder where files are tried with the real programs before any of them is written where it counts. It has
// throw-away keys, and is gone afterwards.

#include <filesystem>
#include <string>

#include "cli/check/check.hpp"

namespace balans::cli {

struct Tried {
  bool accepted = false;
  bool over_budget = false;  ///< refused because the failsafes do not add up
  std::string budget;        ///< the rows of the sum, a line each
  std::string silence;       ///< what is done when nothing is heard
  std::string problem;       ///< why it was refused
};

class Trial {
 public:
  /// `real` is what stands in messages for the trial's own folder.
  static Result<Trial> begin(const std::filesystem::path& real, std::optional<std::filesystem::path> programs);
  ~Trial();
  Trial(Trial&& other) noexcept;
  Trial& operator=(Trial&&) = delete;

  /// An error where balans-trafo is not installed.
  Result<Tried> try_site(const std::string& text) const;
  /// An error where balans-chargepoint is not installed.
  Result<Tried> try_agent(const AgentId& id, const std::string& text) const;
  Result<Tried> try_api(const std::string& text) const;
  /// What the agent that was tried last would offer: the driver's facts and the file's, resolved.
  Result<Offer> offer_of(const AgentId& id) const;
  /// Whether the site that was tried last would take it.
  Result<void> site_takes(const AgentId& id, const Offer& offer) const;

 private:
  Trial(std::filesystem::path folder, std::filesystem::path real, std::optional<std::filesystem::path> programs);
  [[nodiscard]] Result<Tried> run(const char* program, const std::filesystem::path& file, const std::string& text,
                                  Explain explain) const;
  [[nodiscard]] std::string with_real_names(std::string text) const;

  std::filesystem::path folder_, real_;
  std::optional<std::filesystem::path> programs_;
};

}  // namespace balans::cli
