#pragma once
// A site with agents and keys, and an api that knows them: what the tests of this part begin with.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/app/ingest_readings.hpp"
#include "api/app/live_states.hpp"
#include "api/http/routes/routes.hpp"
#include "api/store/sqlite_store.hpp"
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

/// Remembers what was published.
class TestSink final : public EventSink {
 public:
  void publish(const std::string& channel, const Event& event) override { published.emplace_back(channel, event); }
  std::vector<std::pair<std::string, Event>> published;
};

/// The senders' side: the site `elm-street` and its agents `charger-1` and `boiler-1`.
class Street {
 public:
  Street();

  const SiteId site = *SiteId::parse("elm-street");
  const AgentId charger = *AgentId::parse("charger-1");
  const AgentId boiler = *AgentId::parse("boiler-1");
  Roster roster;
  std::unique_ptr<Signer> site_key;
  std::unique_ptr<Signer> charger_key;
  std::unique_ptr<Signer> boiler_key;

  /// Readings `first`…`last` of one never-ending chain: the same number always gives the same reading.
  [[nodiscard]] ReadingBatch batch(const AgentId& agent, std::uint64_t first, std::uint64_t last) const;
  static Reading reading(std::uint64_t seq);
  /// As the agent sends it.
  [[nodiscard]] std::string sealed(const ReadingBatch& batch) const;
  [[nodiscard]] std::string sealed(const ReadingBatch& batch, const Signer& key) const;
  [[nodiscard]] TrafoState state(std::int64_t at_ms) const;
  /// A state with everything in it that a state can have.
  [[nodiscard]] TrafoState full_state() const;

  [[nodiscard]] Request post(const std::string& target, const std::string& body) const;
  [[nodiscard]] Request post_readings(const std::string& key, const std::vector<std::string>& envelopes) const;
  [[nodiscard]] Request post_state(const TrafoState& state) const;
};

/// All names of an enum, as the messages have them: what the error for a wrong one lists.
template <class Enum>
std::set<std::string> names_of() {
  std::string known = parse_name<Enum>("?").error().what;
  known.erase(0, known.rfind(": expected one of ") + 18);
  std::set<std::string> names;
  for (std::size_t from = 0, end = 0; end != std::string::npos; from = end + 2) {
    end = known.find(", ", from);
    names.insert(known.substr(from, end - from));
  }
  return names;
}

std::string ingest_body(const std::vector<std::string>& envelopes);
Request get(const std::string& target);

/// An api without sockets.
class Api {
 public:
  explicit Api(const Street& street);

  /// The answer of a route that is not a stream.
  Response ask(const Request& request);
  /// `{"accepted":…` of an answer that must be a success.
  std::string ingested(const Request& request);

  Folder folder;
  TestClock clock;
  TestSink sink;
  std::unique_ptr<EventLog> events;
  std::unique_ptr<Store> store;
  LiveStates live;
  IngestReadings ingest;
  Services services;
  Router router;
};

}  // namespace balans::api::test
