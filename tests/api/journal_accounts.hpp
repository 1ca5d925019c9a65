#pragma once
// Ids, accounts and batches for tests of the journal.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/core/journal/apply.hpp"

namespace balans::api::test {

/// Rises with `number`, as ids that begin with the time do.
inline journal::Id id(std::uint64_t number) { return {(1'760'000'000'000ULL + number) << 16U, number}; }

inline journal::Amount units(std::int64_t count) { return *journal::Amount::of(count); }

inline journal::NewAccount unbounded(std::uint64_t number, journal::Asset asset = journal::Asset::Eur) {
  return {id(number), asset, journal::AccountKind::Cash, {}, "", {}, {}};
}

/// Debits must not exceed credits by more than `over`.
inline journal::NewAccount bounded(std::uint64_t number, std::int64_t over = 0,
                                   journal::Asset asset = journal::Asset::Eur) {
  return {id(number), asset, journal::AccountKind::Household, {}, "", units(over), {}};
}

inline journal::Transfer pay(std::uint64_t number, std::uint64_t debit, std::uint64_t credit, std::int64_t amount) {
  return journal::transfer(id(number), id(debit), id(credit), units(amount), journal::Code::Energy);
}

inline journal::Transfer hold(std::uint64_t number, std::uint64_t debit, std::uint64_t credit, std::int64_t amount,
                              std::optional<Millis> time_out = {}) {
  return journal::reserve(id(number), id(debit), id(credit), units(amount), time_out, journal::Code::Reservation);
}

inline journal::Transfer settle(std::uint64_t number, std::uint64_t reserve, std::int64_t amount) {
  return journal::post(id(number), id(reserve), units(amount), journal::Code::Energy);
}

inline journal::Transfer release(std::uint64_t number, std::uint64_t reserve) {
  return journal::void_of(id(number), id(reserve), journal::Code::Energy);
}

inline journal::Transfer linked(journal::Transfer transfer) {
  transfer.link = journal::Link::WithNext;
  return transfer;
}

inline bool done(const journal::Outcome& outcome) { return std::holds_alternative<journal::Done>(outcome); }
inline bool exists(const journal::Outcome& outcome) { return std::holds_alternative<journal::Exists>(outcome); }
inline std::optional<journal::Refusal> refusal(const journal::Outcome& outcome) {
  const auto* refused = std::get_if<journal::Refused>(&outcome);
  return refused == nullptr ? std::nullopt : std::optional(refused->why);
}

}  // namespace balans::api::test
