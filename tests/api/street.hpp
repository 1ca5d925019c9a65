#pragma once
// A site with agents and keys, and an api that knows them: what the tests of this part begin with.

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/app/billing.hpp"
#include "api/app/enrolment.hpp"
#include "api/app/ingest_queue.hpp"
#include "api/app/live_states.hpp"
#include "api/app/refresh.hpp"
#include "api/app/site_history.hpp"
#include "api/http/front.hpp"
#include "api/http/routes/routes.hpp"
#include "api/store/sqlite_store.hpp"
#include "tests/api/contract.hpp"
#include "tests/api/senders.hpp"

namespace balans::api::test {

/// Remembers what was published.
class TestSink final : public EventSink {
 public:
  void publish(const std::string& channel, const EventText& event) override { published.emplace_back(channel, *event); }
  std::vector<std::pair<std::string, std::string>> published;
};

/// Does what else a thread would do, when it is told.
class StoreAtOnce final : public StoreWork {
 public:
  explicit StoreAtOnce(Store& store) : store_(store) {}
  Result<void> post(Lane, Job job) override {
    if (is_full) return Error{"store", "is full"};
    jobs_.push_back(std::move(job));
    return {};
  }
  [[nodiscard]] std::size_t pending(Lane) const override { return jobs_.size(); }
  void run_all() {
    while (!jobs_.empty()) {
      const Job job = std::move(jobs_.front());
      jobs_.pop_front();
      job(store_);
    }
  }
  bool is_full = false;

 private:
  Store& store_;
  std::deque<Job> jobs_;
};

/// The senders, and the requests of their site.
class Street : public Senders {
 public:
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

Request get(const std::string& target);
/// With the token of that text.
Request with_token(Request request, const std::string& token);

/// An api without sockets.
class Api {
 public:
  explicit Api(const Street& street);

  /// The answer of a route that is not a stream. Requests without any sign of who asks come from whoever may do all.
  Response ask(Request request);
  /// The same, as it is sent.
  Response ask_as_is(const Request& request);
  Answer answer_to(const Request& request);
  /// A fresh token's text; it is named after whoever holds it.
  std::string token(Scope scope, std::optional<std::set<SiteId>> sites = std::nullopt,
                    const std::string& name = "test");
  /// `{"accepted":…` of an answer that must be a success.
  std::string ingested(const Request& request);

  Folder folder;
  TestClock clock;
  TestSink sink;
  std::unique_ptr<EventLog> events;
  std::unique_ptr<Store> store;
  StoreAtOnce work;
  LiveStates live;
  IngestReadings ingest_readings;
  IngestQueue ingest;
  GiveOrder give_order;
  OrderFeed orders;
  Metrics metrics;
  PairingTries pairing_tries;
  Billing billing;
  AccessBook access;
  Refresh refresh;
  SiteHistory history;
  Services services;
  Router router;
  Front front;
  const Contract contract;
  std::string all_powers;  ///< a token that may do all
};

}  // namespace balans::api::test
