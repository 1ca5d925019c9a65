#include "sim/soak/soak.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "common/crypto/crypto.hpp"

namespace balans::soak {
namespace {

constexpr std::uint64_t kSignedEvery = 8;

void add(SoakResult& sum, const SeedResult& one) {
  sum.fewest_faults = sum.seeds == 0 ? one.fault_sum() : std::min(sum.fewest_faults, one.fault_sum());
  ++sum.seeds;
  if (one.wire == twin::Wire::Signed) ++sum.signed_seeds;
  if (!one.wrong.empty()) sum.failed.push_back(one);
  for (std::size_t f = 0; f < kFaultKinds; ++f) sum.faults[f] += one.faults[f];
  sum.judged += one.judged;
  sum.waited += one.waited;
  sum.virtual_ms += one.virtual_ms;
  sum.messages += one.messages;
  sum.refused += one.refused;
}

/// Seeds shared out to threads one by one.
class Crew {
 public:
  Crew(const SoakSettings& settings, const std::function<void(std::int64_t)>& progress)
      : settings_(settings), progress_(progress), results_(static_cast<std::size_t>(settings.seeds)) {}

  void work() {
    for (std::int64_t i = next_++; i < settings_.seeds && failures_ < settings_.max_failures; i = next_++) {
      twin::Log log;
      SeedResult result = run_seed(settings_.first + static_cast<std::uint64_t>(i), settings_, log);
      if (!result.wrong.empty()) ++failures_;
      results_[static_cast<std::size_t>(i)] = std::move(result);
      const std::lock_guard lock(mutex_);
      progress_(++done_);
    }
  }
  [[nodiscard]] const std::vector<std::optional<SeedResult>>& results() const { return results_; }

 private:
  const SoakSettings& settings_;
  const std::function<void(std::int64_t)>& progress_;
  std::vector<std::optional<SeedResult>> results_;  ///< each written by one thread
  std::atomic<std::int64_t> next_{0};
  std::atomic<int> failures_{0};
  std::mutex mutex_;
  std::int64_t done_ = 0;
};

}  // namespace

std::int64_t SeedResult::fault_sum() const { return std::accumulate(faults.begin(), faults.end(), std::int64_t{0}); }

twin::Wire wire_of(std::uint64_t seed) { return seed % kSignedEvery == 0 ? twin::Wire::Signed : twin::Wire::StandIn; }

SeedResult run_seed(std::uint64_t seed, const SoakSettings& settings, twin::Log& log) {
  SeedResult result;
  result.seed = seed;
  result.wire = wire_of(seed);
  Random random(seed);
  const bool calm = settings.sky == Sky::Calm;
  const Waits waits = calm ? Waits::Judged : Waits::NotJudged;
  Trial trial(calm ? calm_case(random) : stormy_case(random), {seed, settings.mistake, result.wire, {}, waits, &log});
  result.wrong = trial.live(Millis(60'000 * settings.minutes)).value_or("");
  result.faults = trial.storm().counts();
  result.judged = trial.judged();
  result.waited = trial.waited();
  result.virtual_ms = trial.world().now().ms();
  result.messages = trial.world().network().sent();
  result.refused = trial.world().refused();
  result.log = blake2b(log.text());
  return result;
}

SoakResult run_seeds(const SoakSettings& settings, const std::function<void(std::int64_t)>& progress) {
  SoakResult sum;
  sum.settings = settings;
  const auto begun = std::chrono::steady_clock::now();
  Crew crew(sum.settings, progress);
  {
    std::vector<std::jthread> threads;
    for (int t = 1; t < settings.threads; ++t) threads.emplace_back([&crew] { crew.work(); });
    crew.work();
  }
  sum.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  std::string digests;
  for (const auto& result : crew.results()) {
    if (!result) continue;
    add(sum, *result);
    digests.append(reinterpret_cast<const char*>(result->log.bytes.data()), result->log.bytes.size());
  }
  sum.log = blake2b(digests);
  return sum;
}

}  // namespace balans::soak
