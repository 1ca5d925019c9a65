#include "api/store/sql_answers.hpp"

namespace balans::api {
namespace {

/// An array of texts as PostgreSQL reads it.
template <class Range, class Text>
std::string array_of(const Range& range, Text text) {
  std::string array = "{";
  for (const auto& element : range) {
    array += array.size() > 1 ? ",\"" : "\"";
    for (const char c : text(element)) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return array + "}";
}

std::string owner_of(const AnswerKey& key) { return key.owner; }
std::string key_of(const AnswerKey& key) { return key.key; }

}  // namespace

Result<std::optional<KeptAnswer>> SqlAnswers::find(const std::string& owner, const std::string& key) {
  const auto rows = connection_.query("find an answer",
                                      "SELECT request, answer FROM answer WHERE site = $1 AND key = $2", {owner, key});
  std::optional<KeptAnswer> found;
  const auto read = sql::each_row(rows, [&found](const sql::Rows& row) -> Result<void> {
    const Result<Bytes32> request = bytes32_from_hex(row.text(0));
    if (!request) return request.error().within("table answer");
    found = KeptAnswer{Digest{*request}, row.text(1)};
    return {};
  });
  if (!read) return read.error();
  return found;
}

Result<void> SqlAnswers::keep(const std::string& owner, const std::string& key, const KeptAnswer& answer,
                              UnixTime now) {
  const auto kept = connection_.run(
      "keep an answer", "INSERT INTO answer (site, key, request, answer, kept_utc) VALUES ($1, $2, $3, $4, $5)",
      {owner, key, to_hex(answer.request.bytes), answer.answer, now.ms()});
  if (!kept) return kept.error();
  return {};
}

Result<std::vector<std::optional<KeptAnswer>>> SqlAnswers::find_all(std::span<const AnswerKey> keys) {
  std::vector<std::optional<KeptAnswer>> found(keys.size());
  if (connection_.engine() == sql::Engine::Sqlite) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto one = find(keys[i].owner, keys[i].key);
      if (!one) return one.error();
      found[i] = *std::move(one);
    }
    return found;
  }
  const auto rows = connection_.query(
      "find answers",
      // One by one through the key: what the server knows of the table's size is often old.
      "SELECT q.n, a.request, a.answer FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[])) WITH ORDINALITY "
      "AS q(site, key, n), LATERAL (SELECT request, answer FROM answer WHERE site = q.site AND key = q.key LIMIT 1) "
      "AS a",
      {array_of(keys, owner_of), array_of(keys, key_of)});
  const auto read = sql::each_row(rows, [&found](const sql::Rows& row) -> Result<void> {
    const Result<Bytes32> request = bytes32_from_hex(row.text(1));
    if (!request) return request.error().within("table answer");
    found[static_cast<std::size_t>(row.integer(0) - 1)] = KeptAnswer{Digest{*request}, row.text(2)};
    return {};
  });
  if (!read) return read.error();
  return found;
}

Result<void> SqlAnswers::keep_all(std::span<const AnswerKey> keys, std::span<const KeptAnswer> answers, UnixTime now) {
  if (connection_.engine() == sql::Engine::Sqlite) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (const auto kept = keep(keys[i].owner, keys[i].key, answers[i], now); !kept) return kept;
    return {};
  }
  return connection_.run_meanwhile(
      "keep answers",
      "INSERT INTO answer (site, key, request, answer, kept_utc) SELECT q.*, CAST($5 AS BIGINT) FROM "
      "unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[]), CAST($4 AS TEXT[])) AS q",
      {array_of(keys, owner_of), array_of(keys, key_of),
       array_of(answers, [](const KeptAnswer& answer) { return to_hex(answer.request.bytes); }),
       array_of(answers, [](const KeptAnswer& answer) { return answer.answer; }), now.ms()});
}

Result<void> SqlAnswers::forget(UnixTime before, std::size_t most) {
  return connection_.run_meanwhile("forget old answers",
                                   "DELETE FROM answer WHERE (site, key) IN "
                                   "(SELECT site, key FROM answer WHERE kept_utc < $1 ORDER BY kept_utc LIMIT $2)",
                                   {before.ms(), static_cast<std::int64_t>(most)});
}

}  // namespace balans::api
