#include "api/store/postgres_connection.hpp"

#include <vector>

namespace balans::api {
namespace {

class OwnRows final : public sql::Rows {
 public:
  explicit OwnRows(postgres::Answer answer) : answer_(std::move(answer)) {}
  Result<bool> next() override { return ++row_ < answer_.rows(); }
  [[nodiscard]] bool is_null(int column) const override { return answer_.is_null(row_, column); }
  [[nodiscard]] std::int64_t integer(int column) const override { return answer_.integer(row_, column); }
  [[nodiscard]] std::string text(int column) const override { return std::string(answer_.text(row_, column)); }

 private:
  postgres::Answer answer_;
  int row_ = -1;
};

std::vector<postgres::Value> parameters_of(std::span<const sql::Value> values) {
  std::vector<postgres::Value> parameters;
  parameters.reserve(values.size());
  for (const sql::Value& value : values) parameters.push_back(value.content());
  return parameters;
}

}  // namespace

Result<std::unique_ptr<sql::Rows>> PostgresConnection::query(std::string_view purpose, std::string_view statement,
                                                             std::span<const sql::Value> values) {
  auto answer = connection_->run(purpose, statement, parameters_of(values));
  if (!answer) return answer.error();
  return std::unique_ptr<sql::Rows>(std::make_unique<OwnRows>(*std::move(answer)));
}

Result<std::vector<std::unique_ptr<sql::Rows>>> PostgresConnection::query_all(std::span<const sql::Query> queries) {
  std::vector<postgres::Question> questions;
  for (const sql::Query& each : queries)
    questions.push_back({each.purpose, each.statement, parameters_of(each.values)});
  auto answers = connection_->run_all(questions);
  if (!answers) return answers.error();
  std::vector<std::unique_ptr<sql::Rows>> all;
  for (postgres::Answer& answer : *answers) all.push_back(std::make_unique<OwnRows>(std::move(answer)));
  return all;
}

Result<std::int64_t> PostgresConnection::run(std::string_view purpose, std::string_view statement,
                                             std::span<const sql::Value> values) {
  const auto answer = connection_->run(purpose, statement, parameters_of(values));
  if (!answer) return answer.error();
  return answer->changed();
}

Result<void> PostgresConnection::run_meanwhile(std::string_view purpose, std::string_view statement,
                                               std::span<const sql::Value> values) {
  return connection_->run_meanwhile(purpose, statement, parameters_of(values));
}

}  // namespace balans::api
