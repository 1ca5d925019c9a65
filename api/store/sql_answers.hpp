#pragma once
// Kept answers, in either engine.

#include "api/store/answer_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlAnswers final : public AnswerStore {
 public:
  explicit SqlAnswers(sql::Connection& connection) : connection_(connection) {}
  Result<std::optional<KeptAnswer>> find(const std::string& owner, const std::string& key) override;
  Result<void> keep(const std::string& owner, const std::string& key, const KeptAnswer& answer, UnixTime now) override;
  Result<std::vector<std::optional<KeptAnswer>>> find_all(std::span<const AnswerKey> keys) override;
  Result<void> keep_all(std::span<const AnswerKey> keys, std::span<const KeptAnswer> answers, UnixTime now) override;
  Result<void> forget(UnixTime before, std::size_t most) override;

 private:
  sql::Connection& connection_;
};

}  // namespace balans::api
