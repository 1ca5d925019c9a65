#include "api/app/journal_report.hpp"

#include <fmt/format.h>

#include "api/core/rfc3339.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kRowsAtOnce = 500;

/// Of either sign.
std::string decimal(std::int64_t units, trade::Asset asset) {
  const auto size = trade::Amount::of(units < 0 ? -units : units);
  return (units < 0 ? "-" : "") + trade::to_decimal(size.value_or(trade::Amount()), asset);
}

/// A row as words, in the order of the columns.
struct Line {
  std::string at, id, kind, code, side, counterparty, amount, posted, reference;
};

Line line_of(const StatementRow& row, trade::Asset asset) {
  return {to_rfc3339(row.at),
          to_text(row.entry.id),
          std::string(name_of(row.entry.kind)),
          std::string(name_of(row.entry.code)),
          row.side == Side::Debit ? "debit" : "credit",
          to_text(row.counterparty),
          trade::to_decimal(row.entry.amount, asset),
          decimal(row.posted, asset),
          row.entry.reference};
}

std::string quoted(const std::string& text) {
  if (text.find_first_of("\",") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

class StatementWriter {
 public:
  StatementWriter(const journal::Account& account, LedgerFormat format, std::ostream& out)
      : asset_(account.asset), format_(format), out_(out) {
    if (format_ == LedgerFormat::Csv) out_ << "at,transfer,kind,code,side,counterparty,amount,posted,reference\r\n";
    if (format_ != LedgerFormat::Text) return;
    out_ << fmt::format("Account {}  {}  {}  {}\n", to_text(account.id), trade::name_of(asset_), name_of(account.kind),
                        account.owner);
  }
  void before(std::int64_t posted) {
    if (format_ == LedgerFormat::Text) out_ << fmt::format("{:<24}  {:>62}\n", "before", decimal(posted, asset_));
  }
  void row(const StatementRow& row) {
    const Line line = line_of(row, asset_);
    switch (format_) {
      case LedgerFormat::Text:
        out_ << fmt::format("{:<24}  {:<8}  {:<14}  {:>6}  {:>26}  {:>26}  {}  {}\n", line.at, line.kind, line.code,
                            line.side, line.amount, line.posted, line.counterparty, line.reference);
        return;
      case LedgerFormat::Csv:
        out_ << fmt::format("{},{},{},{},{},{},{},{},{}\r\n", line.at, line.id, line.kind, line.code, line.side,
                            line.counterparty, line.amount, line.posted, quoted(line.reference));
        return;
      case LedgerFormat::Json:
        json_row(line);
    }
  }

 private:
  /// One object a line.
  void json_row(const Line& line) {
    json::Writer writer;
    writer.begin_object();
    writer.key("at").string(line.at).key("transfer").string(line.id).key("kind").string(line.kind);
    writer.key("code").string(line.code).key("side").string(line.side).key("counterparty").string(line.counterparty);
    writer.key("amount").string(line.amount).key("posted").string(line.posted).key("reference").string(line.reference);
    out_ << writer.end_object().take() << "\n";
  }

  trade::Asset asset_;
  LedgerFormat format_;
  std::ostream& out_;
};

}  // namespace

Result<void> write_statement(JournalStore& store, const journal::Account& account, std::optional<UnixTime> from,
                             std::optional<UnixTime> to, LedgerFormat format, std::ostream& out) {
  StatementWriter writer(account, format, out);
  StatementQuery query{account.number, from, to, {}, kRowsAtOnce};
  bool first = true;
  do {
    const auto page = store.statement(query);
    if (!page) return page.error();
    if (first) writer.before(page->posted_before);
    first = false;
    for (const StatementRow& row : page->rows) writer.row(row);
    query.after = page->next;
  } while (query.after);
  return {};
}

void write_trial_balance(const std::vector<TrialBalance>& totals, LedgerFormat format, std::ostream& out) {
  json::Writer writer;
  writer.begin_object().key("assets").begin_array();
  for (const auto& [asset, accounts, sums] : totals) {
    const std::string debits = trade::to_decimal(sums.debits_posted, asset);
    const std::string credits = trade::to_decimal(sums.credits_posted, asset);
    const std::string held = trade::to_decimal(sums.debits_pending, asset);
    const std::string held_credits = trade::to_decimal(sums.credits_pending, asset);
    writer.begin_object().key("asset").string(trade::name_of(asset)).key("accounts").integer(accounts);
    writer.key("debits_posted").string(debits).key("credits_posted").string(credits);
    writer.key("debits_pending").string(held).key("credits_pending").string(held_credits).end_object();
    if (format != LedgerFormat::Json)
      out << fmt::format("{:<5} {:>8} accounts  posted: debits {} credits {}  pending: debits {} credits {}\n",
                         trade::name_of(asset), accounts, debits, credits, held, held_credits);
  }
  if (format == LedgerFormat::Json) out << writer.end_array().end_object().take() << "\n";
}

}  // namespace balans::api
