#pragma once
// Aggregate of the answers kept under idempotency keys.

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::api {

/// What was answered under an idempotency key.
struct KeptAnswer {
  Digest request;  ///< of what was asked
  std::string answer;
};

struct AnswerKey {
  std::string owner;
  std::string key;
  auto operator<=>(const AnswerKey&) const = default;
};

class AnswerStore {
 public:
  virtual ~AnswerStore() = default;
  /// `owner` is a site's name, or whoever else may choose keys of his own.
  virtual Result<std::optional<KeptAnswer>> find(const std::string& owner, const std::string& key) = 0;
  virtual Result<void> keep(const std::string& owner, const std::string& key, const KeptAnswer& answer,
                            UnixTime now) = 0;
  /// The same for many at once: what is kept under each, in their order.
  virtual Result<std::vector<std::optional<KeptAnswer>>> find_all(std::span<const AnswerKey> keys) = 0;
  virtual Result<void> keep_all(std::span<const AnswerKey> keys, std::span<const KeptAnswer> answers, UnixTime now) = 0;
  /// Forgets at most so many of those kept before `before`; called with every `keep`, so the table stays bounded.
  virtual Result<void> forget(UnixTime before, std::size_t most) = 0;
};

}  // namespace balans::api
