// The bytes that the chain is made of. They must never change: a changed form would break every chain there is.
#include "api/core/journal/apply.hpp"

namespace balans::api::journal {
namespace {

/// Whole numbers, the most significant byte first; texts behind their length.
class Bytes {
 public:
  void number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(value >> static_cast<unsigned>(shift));
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void small(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void text(std::string_view text) {
    small(static_cast<std::uint8_t>(text.size()));
    bytes_ += text;
  }
  void id(const Id& id) {
    number(id.high);
    number(id.low);
  }
  /// One byte that says whether there is one, then the number.
  template <class T, class Read>
  void optional(const std::optional<T>& value, Read read) {
    small(value ? 1 : 0);
    if (value) read(*value);
  }
  void amount(const std::optional<Amount>& amount) {
    optional(amount, [this](const Amount& each) { number(each.units()); });
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

void append(Bytes& bytes, const Account& account) {
  bytes.number(account.number);
  bytes.id(account.id);
  bytes.text(trade::name_of(account.asset));
  bytes.text(name_of(account.kind));
  bytes.text(account.site ? account.site->str() : "");
  bytes.text(account.owner);
  bytes.amount(account.debits_over);
  bytes.amount(account.credits_over);
}

void append(Bytes& bytes, const Entry& entry) {
  bytes.id(entry.id);
  bytes.small(static_cast<std::uint8_t>(entry.kind));
  bytes.number(entry.debit);
  bytes.number(entry.credit);
  bytes.number(entry.amount.units());
  bytes.optional(entry.reserve, [&](const Id& reserve) { bytes.id(reserve); });
  bytes.optional(entry.time_out, [&](Millis time_out) { bytes.number(time_out.count()); });
  bytes.small(static_cast<std::uint8_t>(entry.code));
  bytes.text(entry.reference);
  bytes.small(static_cast<std::uint8_t>(entry.link));
}

}  // namespace

std::string canonical_bytes(const Commit& commit) {
  Bytes bytes;
  bytes.text("balans-journal-1");
  bytes.number(commit.head.commit);
  bytes.number(commit.head.at.ms());
  bytes.number(static_cast<std::uint64_t>(commit.accounts.size()));
  for (const Account& account : commit.accounts) append(bytes, account);
  bytes.number(static_cast<std::uint64_t>(commit.entries.size()));
  for (const Entry& entry : commit.entries) append(bytes, entry);
  return bytes.take();
}

Digest next_digest(const Digest& before, const Commit& commit) {
  std::string bytes(before.bytes.begin(), before.bytes.end());
  bytes += canonical_bytes(commit);
  return blake2b(bytes);
}

}  // namespace balans::api::journal
