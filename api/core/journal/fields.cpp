#include "api/core/journal/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace balans::api::journal {
namespace {

constexpr std::array<std::string_view, kRefusals> kNames{"id-missing",
                                                         "id-of-the-journal",
                                                         "id-taken",
                                                         "text-not-allowed",
                                                         "code-of-the-journal",
                                                         "field-not-allowed",
                                                         "amount-missing",
                                                         "time-out-not-allowed",
                                                         "same-account",
                                                         "debit-unknown",
                                                         "credit-unknown",
                                                         "assets-differ",
                                                         "reserve-unknown",
                                                         "reserve-timed-out",
                                                         "reserve-closed",
                                                         "reserve-differs",
                                                         "amount-above-reserve",
                                                         "debits-above-bound",
                                                         "credits-above-bound",
                                                         "overflow",
                                                         "chain-open",
                                                         "chain-failed",
                                                         "chain-known",
                                                         "batch-too-long",
                                                         "owner-has-another"};
static_assert(kNames.size() == static_cast<std::size_t>(Refusal::OwnerHasAnother) + 1);

std::optional<Refused> check_id(const Id& id) {
  if (id.is_none()) return Refused{Refusal::IdMissing, "the id is all zeros: expected one that the client has made"};
  if (id.is_of_the_journal())
    return Refused{Refusal::IdOfTheJournal,
                   fmt::format("id {} begins with a 1 bit: those ids are the journal's own", to_text(id))};
  return {};
}

std::optional<Refused> check_text(const char* field, std::string_view text, std::size_t most) {
  if (text.size() > most)
    return Refused{Refusal::TextNotAllowed,
                   fmt::format("{} has {} bytes: expected at most {}", field, text.size(), most)};
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return Refused{Refusal::TextNotAllowed, fmt::format("{} holds more than printable ASCII", field)};
  return {};
}

Refused not_allowed(const char* field, Kind kind) {
  return {Refusal::FieldNotAllowed, fmt::format("{} does not belong to a {}", field, name_of(kind))};
}

/// Of a transfer or reserve.
std::optional<Refused> check_first(const Transfer& asked) {
  if (asked.reserve) return not_allowed("the id of a reserve", asked.kind);
  if (asked.debit == asked.credit)
    return Refused{Refusal::SameAccount,
                   fmt::format("account {} stands on both sides: expected two", to_text(asked.debit))};
  if (!asked.time_out) return {};
  if (asked.kind != Kind::Reserve) return not_allowed("a time-out", asked.kind);
  if (*asked.time_out > Millis(0) && *asked.time_out <= kLongestTimeOut) return {};
  return Refused{Refusal::TimeOutNotAllowed, fmt::format("a time-out of {} ms: expected 1 to {}",
                                                         asked.time_out->count(), kLongestTimeOut.count())};
}

/// Of a post or void.
std::optional<Refused> check_second(const Transfer& asked) {
  if (asked.time_out) return not_allowed("a time-out", asked.kind);
  if (asked.reserve && !asked.reserve->is_none()) return {};
  return Refused{Refusal::ReserveUnknown, fmt::format("a {} names no reserve", name_of(asked.kind))};
}

Refused taken(const Id& id, std::string_view what) {
  return {Refusal::IdTaken, fmt::format("id {} is taken: {} differs from what was asked for first", to_text(id), what)};
}

}  // namespace

std::string_view name_of(Refusal refusal) { return kNames.at(static_cast<std::size_t>(refusal)); }

std::optional<Refused> check_owner(std::string_view owner) { return check_text("owner", owner, kMostOwner); }

std::optional<Refused> check_fields(const NewAccount& account) {
  if (auto refused = check_id(account.id)) return refused;
  return check_owner(account.owner);
}

std::optional<Refused> check_fields(const Transfer& asked) {
  if (auto refused = check_id(asked.id)) return refused;
  if (auto refused = check_text("reference", asked.reference, kMostReference)) return refused;
  if (asked.code == Code::TimeOut)
    return Refused{Refusal::CodeOfTheJournal, "only the journal itself says that a time is out"};
  if (asked.amount.is_zero() && asked.kind != Kind::Void)
    return Refused{Refusal::AmountMissing, "the amount is 0: expected at least 1 unit"};
  const bool first = asked.kind == Kind::Transfer || asked.kind == Kind::Reserve;
  return first ? check_first(asked) : check_second(asked);
}

std::optional<Refused> check_same(const NewAccount& asked, const Account& there) {
  if (asked.asset != there.asset) return taken(asked.id, "the asset");
  if (asked.kind != there.kind) return taken(asked.id, "the kind");
  if (asked.site != there.site) return taken(asked.id, "the site");
  if (asked.owner != there.owner) return taken(asked.id, "the owner");
  if (asked.debits_over != there.debits_over) return taken(asked.id, "the bound of debits");
  if (asked.credits_over != there.credits_over) return taken(asked.id, "the bound of credits");
  return {};
}

std::optional<Refused> check_same(const Transfer& asked, std::int64_t debit, std::int64_t credit, const Entry& there) {
  const bool second = asked.kind == Kind::Post || asked.kind == Kind::Void;
  const auto account_differs = [second](const Id& id, std::int64_t number, std::int64_t expected) {
    return number != expected && !(second && id.is_none());
  };
  if (asked.kind != there.kind) return taken(asked.id, "the kind");
  if (asked.reserve != there.reserve) return taken(asked.id, "the reserve");
  if (account_differs(asked.debit, debit, there.debit)) return taken(asked.id, "the debit account");
  if (account_differs(asked.credit, credit, there.credit)) return taken(asked.id, "the credit account");
  if (asked.amount != there.amount && !(asked.kind == Kind::Void && asked.amount.is_zero()))
    return taken(asked.id, "the amount");
  if (asked.time_out != there.time_out) return taken(asked.id, "the time-out");
  if (asked.code != there.code) return taken(asked.id, "the code");
  if (asked.reference != there.reference) return taken(asked.id, "the reference");
  if (asked.link != there.link) return taken(asked.id, "the link to the next");
  return {};
}

}  // namespace balans::api::journal
