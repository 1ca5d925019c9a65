#pragma once
// A store whose transactions fail: before their end, so that nothing of them is there, or after it, so that all is and
// nobody was told.

#include <memory>
#include <random>

#include "api/store/passed_on_store.hpp"

namespace balans::api::test {

class FaultyStore final : public PassedOnStore {
 public:
  FaultyStore(std::unique_ptr<Store> store, std::mt19937_64& random)
      : PassedOnStore(*store), own_(std::move(store)), random_(random) {}

  int fail_one_in = 0;  ///< 0: never
  std::size_t rolled_back = 0;
  std::size_t unanswered = 0;

  Result<void> transaction(const std::function<Result<void>()>& work) override {
    const std::uint64_t fate = fail_one_in == 0 ? 2 : random_() % (2 * static_cast<std::uint64_t>(fail_one_in));
    auto done = store_.transaction([&]() -> Result<void> {
      if (auto worked = work(); !worked) return worked;
      return fate == 0 ? Result<void>(Error{"power", "is gone before the commit"}) : Result<void>();
    });
    if (fate == 0) ++rolled_back;
    if (!done || fate != 1) return done;
    ++unanswered;
    return Error{"power", "is gone after the commit"};
  }

 private:
  std::unique_ptr<Store> own_;
  std::mt19937_64& random_;
};

}  // namespace balans::api::test
