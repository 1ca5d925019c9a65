#pragma once
// The parts of site.yaml that say who is who, and the two edits that pairing makes there: an agent's key, or an entry
// more. Both keep every other line, comments too, and are read back before anything is written.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/result.hpp"

namespace balans::cli {

struct RosterEntry {
  AgentId id;
  PublicKey key;
  bool operator==(const RosterEntry&) const = default;
};

struct SiteIdentity {
  SiteId site;
  DeploymentId deployment;
  std::filesystem::path trafo_key;
  std::filesystem::path revoked_file;
  int broker_port = 0;
  std::vector<RosterEntry> roster;

  /// Null when it is not enrolled.
  [[nodiscard]] const RosterEntry* find(const AgentId& id) const;
};

/// The rest of the file is not looked at.
Result<SiteIdentity> read_site_identity(const std::filesystem::path& site_yaml);

/// What a site has to be told of a device before it may be enrolled; the rest begins at its most careful.
struct NewDevice {
  std::string kind;
  std::string phases;  ///< "[L1, L2, L3]"
  std::string max_a;
  std::string node;  ///< empty: the transformer
  std::string failsafe_a = "0";
  std::string revert_s = "none";
  std::string device_fallback_a{};  ///< needed where revert_s is a time
};

/// The file's text with another key in `id`'s entry, or with an entry more.
Result<std::string> with_key(std::string_view text, const AgentId& id, const PublicKey& key);
Result<std::string> with_entry(std::string_view text, const AgentId& id, const PublicKey& key, const NewDevice& device);

/// The text before the last enrolment stands in the file with this at its end.
inline constexpr const char* kBeforeEnrolment = ".before-enrolment";

/// Writes `id` with `key` into the file, the text before that beside it. `device` is needed only where `id` is not
/// enrolled yet.
Result<void> enrol(const std::filesystem::path& site_yaml, const AgentId& id, const PublicKey& key,
                   const NewDevice* device);

}  // namespace balans::cli
