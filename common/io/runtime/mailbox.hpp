#pragma once
// How threads hand events to a program's one loop.
//
//   while (!mailbox.stopped()) {
//     for (Event& event : mailbox.wait_until(clock, next_tick)) snapshot.take(event);
//     if (clock.boot() >= next_tick) { … act …; next_tick = … }
//   }

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "common/check.hpp"
#include "common/io/clock/clock.hpp"
#include "common/units.hpp"

namespace balans {

/// What a full mailbox may give up to make room. Everything we exchange is renewed, so the newest is worth most.
enum class WhenFull : std::uint8_t {
  MayDrop,  ///< ordinary events: the oldest of these goes first
  Keep,     ///< goes only when nothing else is left to drop: connections, completions
};

/// A bounded queue from any thread to one reader.
template <class Event>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) { BALANS_CHECK(capacity > 0); }

  /// From any thread. When the mailbox is full an older event is dropped and counted.
  void push(Event event, WhenFull when_full = WhenFull::MayDrop) {
    {
      const std::lock_guard lock(mutex_);
      if (events_.size() == capacity_) drop_one();
      events_.push_back({std::move(event), when_full});
    }
    wake_.notify_one();
  }

  /// From any thread: ends the loop. Needs no room and cannot be dropped.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
  }

  /// All events there are, oldest first: at once if there are any, else when one comes, `deadline` is reached or the
  /// mailbox is stopped. Taking them all together keeps a flood of events from starving the tick, and the reverse.
  std::vector<Event> wait_until(const Clock& clock, BootTime deadline) {
    std::unique_lock lock(mutex_);
    while (events_.empty() && !stopped_) {
      const Millis left = deadline - clock.boot();
      if (left <= Millis(0)) break;
      // In slices, so that a machine that was suspended notices a deadline that passed meanwhile.
      wake_.wait_for(lock, std::min<std::chrono::nanoseconds>(clock.wall(left), kLongestWait));
    }
    std::vector<Event> taken;
    taken.reserve(events_.size());
    for (Entry& entry : events_) taken.push_back(std::move(entry.event));
    events_.clear();
    return taken;
  }

  [[nodiscard]] bool stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  /// How many events were dropped since the start.
  [[nodiscard]] std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  struct Entry {
    Event event;
    WhenFull when_full;
  };
  static constexpr std::chrono::nanoseconds kLongestWait = std::chrono::seconds(1);

  void drop_one() {
    auto victim = std::find_if(events_.begin(), events_.end(),
                               [](const Entry& entry) { return entry.when_full == WhenFull::MayDrop; });
    events_.erase(victim == events_.end() ? events_.begin() : victim);
    ++dropped_;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Entry> events_;
  bool stopped_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace balans
