#pragma once
// Device keys that are trusted no more, whatever the enrolment says: a file beside site.yaml with a line for each,
//
//   1111…64 hex digits…1111 1790000000 charger-1        key, seconds since 1970, the agent it belonged to
//
// A list of its own, so that nobody's YAML has to be written over, and an older site.yaml that is put back does not
// bring back a stolen key. The enrolment stays as it is: the device itself may still hang on the cable, and what it
// may draw stays booked.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans {

struct RevokedKey {
  PublicKey key;
  UnixTime at;
  AgentId agent;
};

struct RevokedKeys {
  std::vector<RevokedKey> keys;
  std::optional<Error> trouble;  ///< the first thing that is wrong; the lines that can be read count all the same
};

/// A file that is not there revokes nothing.
RevokedKeys read_revoked_keys(const std::filesystem::path& file);

enum class Added : std::uint8_t { Now, Before };
/// Never takes a line away; refuses a file that it cannot read whole.
Result<Added> add_revoked_key(const std::filesystem::path& file, const RevokedKey& key);

/// The list as a program that runs for years sees it: what was revoked once stays so until it starts again.
class RevocationWatch {
 public:
  explicit RevocationWatch(std::filesystem::path file) : file_(std::move(file)) {}

  enum class Look : std::uint8_t { Same, Changed };
  /// Looks whether the file was replaced. Cheap when it was not.
  Look look();
  [[nodiscard]] bool revoked(const PublicKey& key) const { return keys_.contains(key); }
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }

 private:
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  [[nodiscard]] std::optional<Stamp> stamp() const;

  std::filesystem::path file_;
  std::set<PublicKey> keys_;
  std::optional<Error> trouble_;
  std::optional<Stamp> seen_;
};

}  // namespace balans
