#pragma once
// Requests with readings on their way to the database: whatever has come while one transaction ran shares the next.

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "api/app/ingest_readings.hpp"
#include "api/app/store_work.hpp"

namespace balans::api {

class IngestQueue {
 public:
  using Done = std::function<void(IngestReadings::Outcome)>;

  struct Bounds {
    std::size_t requests = 512;
    std::size_t bytes = 48 * 1024 * 1024;         ///< of bodies that wait
    std::size_t bytes_at_once = 4 * 1024 * 1024;  ///< in one transaction; one request may be larger
  };

  /// Both outlive the queue, and the work is over before the queue goes.
  IngestQueue(const IngestReadings& ingest, StoreWork& work, const Bounds& bounds)
      : ingest_(ingest), work_(work), bounds_(bounds) {}
  IngestQueue(const IngestReadings& ingest, StoreWork& work) : IngestQueue(ingest, work, Bounds()) {}

  /// From any thread. An error when too much waits already: the site is asked to come again. Else `done` is called
  /// once, on a thread of the store's.
  Result<void> submit(IngestReadings::Request request, Done done);
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiting {
    IngestReadings::Request request;
    Done done;
  };
  std::deque<Waiting> next_group();
  void run(Store& store);
  Result<void> post();

  const IngestReadings& ingest_;
  StoreWork& work_;
  const Bounds bounds_;
  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
  bool posted_ = false;
};

}  // namespace balans::api
