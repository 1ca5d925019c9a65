#include "cli/probe.hpp"

namespace balans::cli {

bool Probe::gave_up(std::uint8_t unit) const {
  const auto silent = silences_.find(unit);
  return silent != silences_.end() && silent->second >= patience_;
}

Result<std::vector<std::uint16_t>> Probe::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                               std::uint16_t count) {
  const Request request{function, unit, address, count};
  if (const auto known = answers_.find(request); known != answers_.end()) return known->second;
  if (gave_up(unit)) return Error{"unit " + std::to_string(unit), "silent too often: not asked any more"};
  auto words = line_.read(function, unit, address, count);
  trouble_.reset();
  if (line_.heard() == Heard::NoLine) trouble_ = words ? Error{"", "the line is gone"} : words.error();
  if (line_.heard() == Heard::Unit)
    heard_.insert(unit);
  else
    ++silences_[unit];
  if (has_line() && answers_.size() < kMostKept) answers_.emplace(request, words);
  return words;
}

Result<void> Probe::write(WriteFunction, std::uint8_t, std::uint16_t, std::span<const std::uint16_t>) {
  return Error{"", "detection never writes"};
}

}  // namespace balans::cli
