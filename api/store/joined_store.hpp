#pragma once
// A store whose transaction has begun already: what asks for one becomes part of it, and stands or falls with it.

#include "api/store/passed_on_store.hpp"

namespace balans::api {

class JoinedStore final : public PassedOnStore {
 public:
  /// Inside a transaction of this store, which outlives it.
  using PassedOnStore::PassedOnStore;

  /// What fails is not undone here: whoever began the transaction rolls it back.
  Result<void> transaction(const std::function<Result<void>()>& work) override { return work(); }
};

}  // namespace balans::api
