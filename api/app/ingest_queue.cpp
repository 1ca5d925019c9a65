#include "api/app/ingest_queue.hpp"

#include <utility>
#include <vector>

namespace balans::api {

Result<void> IngestQueue::submit(IngestReadings::Request request, Done done) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= bounds_.requests || bytes_ + request.body.size() > bounds_.bytes)
    return Error{"ingest", "too much waits for the database already"};
  // The job waits for this lock before it looks.
  if (!posted_)
    if (auto posted = post(); !posted) return posted;
  posted_ = true;
  bytes_ += request.body.size();
  waiting_.push_back({std::move(request), std::move(done)});
  return {};
}

std::size_t IngestQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

Result<void> IngestQueue::post() {
  return work_.post(Lane::Write, [this](Store& store) { run(store); });
}

std::deque<IngestQueue::Waiting> IngestQueue::next_group() {
  const std::lock_guard lock(mutex_);
  std::deque<Waiting> group;
  std::size_t bytes = 0;
  while (!waiting_.empty() &&
         (group.empty() || bytes + waiting_.front().request.body.size() <= bounds_.bytes_at_once)) {
    bytes += waiting_.front().request.body.size();
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  bytes_ -= bytes;
  // Others get their turn between two groups; where their queue is full, this one goes on.
  posted_ = !waiting_.empty() && post().ok();
  return group;
}

void IngestQueue::run(Store& store) {
  while (true) {
    std::deque<Waiting> group = next_group();
    if (group.empty()) return;
    std::vector<IngestReadings::Request> requests;
    for (Waiting& each : group) requests.push_back(std::move(each.request));
    auto outcomes = ingest_.run(store, requests);
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(outcomes[i]));
    const std::lock_guard lock(mutex_);
    if (posted_ || waiting_.empty()) return;
  }
}

}  // namespace balans::api
