#include "api/ledger/wallet_history.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/gas.hpp"

namespace balans::api {
namespace {

using iota::Executed;
using iota::ExecutedPage;

constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

/// Those that are final: what is not stands at the end of the list.
std::size_t final_ones(const ExecutedPage& page) {
  const auto open = std::find_if(page.transactions.begin(), page.transactions.end(),
                                 [](const Executed& executed) { return !executed.checkpoint; });
  return static_cast<std::size_t>(open - page.transactions.begin());
}

/// The checkpoint of which the next page may bring more; none where there is no next one.
std::uint64_t unsure_from(const ExecutedPage& page) {
  const std::size_t count = final_ones(page);
  return page.has_more && count > 0 ? *page.transactions[count - 1].checkpoint : kEnd;
}

std::size_t below(const ExecutedPage& page, std::uint64_t checkpoint) {
  std::size_t count = 0;
  for (const std::size_t most = final_ones(page); count < most; ++count)
    if (*page.transactions[count].checkpoint >= checkpoint) break;
  return count;
}

iota::Cursor cursor_after(const ExecutedPage& page, std::size_t shown, const iota::Cursor& before) {
  return shown == 0 ? before : iota::Cursor(iota::to_base58(page.transactions[shown - 1].digest));
}

enum class Sender : std::uint8_t { Own, Another };

Result<WalletEntry> entry_of(const iota::Address& own, const Executed& executed, Sender sender) {
  if (!executed.effects || !executed.changes)
    return Error{"transaction " + iota::to_base58(executed.digest), "the node does not say what it has done"};
  WalletEntry entry;
  entry.digest = iota::to_base58(executed.digest);
  entry.checkpoint = static_cast<std::int64_t>(*executed.checkpoint);
  entry.at = UnixTime(static_cast<std::int64_t>(executed.timestamp_ms.value_or(0)));
  entry.failed = executed.effects->outcome == iota::Outcome::Failure;
  for (const iota::BalanceChange& change : *executed.changes)
    if (change.owner == own) entry.change += change.nanos;
  for (const iota::BalanceChange& change : *executed.changes)
    if (change.owner != own && (change.nanos < 0) != (entry.change < 0) && entry.others.size() < kMostOthers)
      entry.others.push_back(iota::to_text(change.owner));
  if (sender == Sender::Another) return entry;
  const auto charged = iota::charged(executed.effects->gas);
  if (!charged) return charged.error();
  entry.fee = settlement::Amount::of(std::max<std::int64_t>(*charged, 0));
  return entry;
}

Result<iota::Cursor> parse_cursor(std::string_view text) {
  if (text.empty()) return iota::Cursor();
  const auto digest = iota::digest_from_base58(text);
  if (!digest) return Error{"", "expected the `next` of the page before"};
  return iota::Cursor(std::string(text));
}

}  // namespace

Result<WalletPosition> parse_wallet_position(std::string_view text) {
  const std::size_t point = text.find('.');
  if (text.empty()) return WalletPosition{};
  if (point == std::string_view::npos) return Error{"", "expected the `next` of the page before"};
  auto to = parse_cursor(text.substr(0, point));
  if (!to) return to.error();
  auto from = parse_cursor(text.substr(point + 1));
  if (!from) return from.error();
  return WalletPosition{*std::move(to), *std::move(from)};
}

std::string to_text(const WalletPosition& position) {
  return position.to.value_or("") + "." + position.from.value_or("");
}

Result<WalletHistory> merged(const iota::Address& own, const WalletPosition& before, const ExecutedPage& to,
                             const ExecutedPage& from) {
  std::uint64_t end = std::min(unsure_from(to), unsure_from(from));
  // A page of one checkpoint alone is shown as it is, or nothing would ever follow it.
  if (end != kEnd && below(to, end) == 0 && below(from, end) == 0) ++end;
  const std::size_t shown_to = below(to, end), shown_from = below(from, end);
  std::map<std::pair<std::uint64_t, std::string>, WalletEntry> all;
  const auto add = [&](const Executed& executed, Sender sender) -> Result<void> {
    auto entry = entry_of(own, executed, sender);
    if (!entry) return entry.error();
    const std::pair place{*executed.checkpoint, entry->digest};
    all.insert_or_assign(place, *std::move(entry));
    return {};
  };
  for (std::size_t i = 0; i < shown_to; ++i)
    if (auto added = add(to.transactions[i], Sender::Another); !added) return added.error();
  for (std::size_t i = 0; i < shown_from; ++i)
    if (auto added = add(from.transactions[i], Sender::Own); !added) return added.error();
  WalletHistory history;
  for (auto& [place, entry] : all) history.entries.push_back(std::move(entry));
  if (to.has_more || from.has_more)
    history.next = to_text({cursor_after(to, shown_to, before.to), cursor_after(from, shown_from, before.from)});
  return history;
}

}  // namespace balans::api
