#pragma once
// Which of the device files is behind a unit id. Only reads. A file is claimed only on proof: an identity register
// with the value that the file expects, or SunSpec models with their maker's name. Values that merely look right are
// no proof, for any device answers something.

#include <optional>
#include <string>
#include <vector>

#include "cli/catalogue.hpp"
#include "common/registers/transport.hpp"

namespace balans::cli {

/// SunSpec model 1.
struct CommonModel {
  std::string maker, model, version, serial;
  bool operator==(const CommonModel&) const = default;
};

struct Candidate {
  const DeviceDescription* device = nullptr;
  std::string why;
  int telling = 0;  ///< how many of its values look like those of a living device
};

struct Recognition {
  std::optional<CommonModel> sunspec;
  std::vector<Candidate> proved;   ///< several: cannot be told apart
  std::vector<Candidate> fitting;  ///< read well, and prove nothing; most telling first
  std::string identity;            ///< of the candidates: tells two devices of one model apart
  [[nodiscard]] const Candidate* claimed() const { return proved.size() == 1 ? &proved.front() : nullptr; }
};

Recognition recognise(Transport& transport, std::uint8_t unit, const Catalogue& catalogue);

}  // namespace balans::cli
