#pragma once
// The senders' side: a site with agents and keys, and what they hand over.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/roster.hpp"
#include "common/crypto/crypto.hpp"
#include "common/io/clock/clock.hpp"
#include "common/messages/messages.hpp"

namespace balans::api::test {

/// A folder of its own for each test; gone afterwards.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "balans-api-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Stands still until told.
class TestClock final : public Clock {
 public:
  [[nodiscard]] BootTime boot() const override { return now; }
  [[nodiscard]] UnixTime utc() const override { return UnixTime(1'554'300'000'000 + now.ms()); }
  [[nodiscard]] std::optional<UnixTime> utc_if_synchronised() const override { return utc(); }
  [[nodiscard]] std::chrono::nanoseconds wall(Millis duration) const override {
    return std::chrono::milliseconds(duration.count());
  }
  BootTime now;
};

/// The site `elm-street` and its agents `charger-1` and `boiler-1`.
class Senders {
 public:
  Senders();

  const SiteId site = *SiteId::parse("elm-street");
  const AgentId charger = *AgentId::parse("charger-1");
  const AgentId boiler = *AgentId::parse("boiler-1");
  Roster roster;
  std::unique_ptr<Signer> site_key;
  std::unique_ptr<Signer> charger_key;
  std::unique_ptr<Signer> boiler_key;
  std::unique_ptr<Signer> api_key;

  /// Readings `first`…`last` of one never-ending chain: the same number always gives the same reading.
  [[nodiscard]] ReadingBatch batch(const AgentId& agent, std::uint64_t first, std::uint64_t last) const;
  static Reading reading(std::uint64_t seq);
  /// As the agent sends it.
  [[nodiscard]] std::string sealed(const ReadingBatch& batch) const;
  [[nodiscard]] std::string sealed(const ReadingBatch& batch, const Signer& key) const;
};

std::string ingest_body(const std::vector<std::string>& envelopes);

}  // namespace balans::api::test
