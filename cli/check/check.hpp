#pragma once
// What can be known of a machine's config files before anything starts. Each file is judged by its own program; what no
// program sees by itself is judged here.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/check/config_facts.hpp"
#include "cli/finding.hpp"
#include "common/units.hpp"

namespace balans::cli {

struct CheckPlaces {
  std::filesystem::path config = "/etc/balans";     ///< with site.yaml, api.yaml, agents/ and broker/
  std::optional<std::filesystem::path> programs{};  ///< default: beside this one, then PATH
  UnixTime now;
};

/// All that are there: site.yaml, each of agents/, api.yaml.
std::vector<std::filesystem::path> usual_files(const CheckPlaces& places);

enum class Explain : std::uint8_t { No, Yes };

struct Checked {
  Findings findings;
  std::string explanation;  ///< the sums and rules, in the words of the programs
};

/// Files by themselves and with one another, in this order: each file, keys, certificates, what belongs together.
Checked check_files(const CheckPlaces& places, const std::vector<std::filesystem::path>& files, Explain explain);

/// One file by its own program. Those that are not installed here cannot be asked: a warning.
Checked check_by_program(const CheckPlaces& places, ConfigKind kind, const std::filesystem::path& file,
                         Explain explain);

/// What was read of all files that could be read.
struct Facts {
  std::optional<SiteFacts> site;
  std::vector<AgentFacts> agents;
  std::optional<ApiFacts> api;
};

/// Whether `user`, whose service it is, gets at its config file and at the files it needs below `config`, and nobody
/// else can change it. Only what is wrong.
Findings check_access(const std::filesystem::path& config, const std::filesystem::path& file,
                      const std::vector<std::filesystem::path>& needed, const std::string& user);

/// Key files and certificates: there, of the right one, readable by their service alone, not at their end.
Findings check_identities(const CheckPlaces& places, const Facts& facts);
/// What is said in two files must be the same, and what only one may have is not given to two.
Findings check_together(const CheckPlaces& places, const Facts& facts);

}  // namespace balans::cli
