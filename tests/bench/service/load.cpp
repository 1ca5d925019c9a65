#include "tests/bench/service/load.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>

#include "tests/bench/field/usage.hpp"

namespace balans::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kLiveConnections = 16;
constexpr int kBacklogConnections = 4;
constexpr int kBatchesAtOnce = 20;
constexpr Millis kOutage = 72 * 3600_s;

/// One run: threads that each take the next request that is due.
class Run {
 public:
  Run(const ApiProcess& api, const LoadPlan& plan, std::vector<Sender>& live, std::vector<Sender>& backlog)
      : api_(api), plan_(plan), live_(live), backlog_(backlog), begun_(SteadyClock::now()) {}

  LoadFigures figures() {
    const double processor_before = processor();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kLiveConnections; ++i) threads.emplace_back([this] { send_live(); });
      if (plan_.backlog == LoadPlan::Backlog::AsFastAsItIsTaken)
        for (int i = 0; i < kBacklogConnections; ++i) threads.emplace_back([this, i] { send_backlog(i); });
      for (double second = 1; second <= plan_.seconds; ++second) {
        std::this_thread::sleep_until(begun_ + std::chrono::duration<double>(second));
        if (const auto memory = memory_of(api_.id())) figures_.resident_kb.push_back(memory->resident_kb);
      }
    }
    const double seconds = elapsed();
    std::sort(figures_.latencies.begin(), figures_.latencies.end());
    figures_.live_rows = static_cast<double>(figures_.latencies.size()) * plan_.readings / seconds;
    figures_.backlog_rows = static_cast<double>(backlog_rows_) / seconds;
    figures_.processor = (processor() - processor_before) / seconds;
    return std::move(figures_);
  }

 private:
  [[nodiscard]] double elapsed() const { return std::chrono::duration<double>(SteadyClock::now() - begun_).count(); }
  [[nodiscard]] double processor() const { return static_cast<double>(processor_ms(api_.id()).value_or(0)) / 1000; }

  /// A request's sites follow each other, so that none is with two threads.
  void send_live() {
    HttpClient client;
    const double apart = 60.0 / plan_.sites;
    for (auto number = next_++;; number = next_++) {
      const double due = apart * static_cast<double>(number);
      if (due >= plan_.seconds) return;
      const auto request = live_[number % live_.size()].next(api_.url(""), 1, plan_.readings);
      std::this_thread::sleep_until(begun_ + std::chrono::duration<double>(due));
      const auto answer = client.send(request);
      note(elapsed() - due, answer.ok() && answer->status == 200);
    }
  }

  void send_backlog(int thread) {
    HttpClient client;
    for (auto site = static_cast<std::size_t>(thread); elapsed() < plan_.seconds; site += kBacklogConnections) {
      const auto request = backlog_[site % backlog_.size()].next(api_.url(""), kBatchesAtOnce, plan_.readings);
      const auto answer = client.send(request);
      if (answer.ok() && answer->status == 200)
        backlog_rows_ += kBatchesAtOnce * plan_.readings;
      else
        note_refused();
    }
  }

  void note(double latency, bool taken) {
    const std::lock_guard lock(mutex_);
    if (taken) return figures_.latencies.push_back(latency);
    ++figures_.refused;
  }
  void note_refused() {
    const std::lock_guard lock(mutex_);
    ++figures_.refused;
  }

  const ApiProcess& api_;
  const LoadPlan& plan_;
  std::vector<Sender>& live_;
  std::vector<Sender>& backlog_;
  const SteadyClock::time_point begun_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::int64_t> backlog_rows_ = 0;
  std::mutex mutex_;
  LoadFigures figures_;
};

}  // namespace

double LoadFigures::latency(double share) const {
  if (latencies.empty()) return 0;
  const auto place = static_cast<std::size_t>(std::ceil(share * static_cast<double>(latencies.size())));
  return latencies[std::min(latencies.size() - 1, place == 0 ? 0 : place - 1)];
}

Village::Village(int sites, UnixTime now) {
  for (int i = 0; i < sites; ++i) {
    live_.emplace_back(i, kLive, now - 60_s);
    backlog_.emplace_back(i, kBacklog, now - kOutage);
  }
}

LoadFigures Village::run(const ApiProcess& api, const LoadPlan& plan) {
  return Run(api, plan, live_, backlog_).figures();
}

}  // namespace balans::bench
