#pragma once
// What can be said of a request without looking into the book, and the words for refusals.

#include <optional>
#include <string>

#include "api/core/journal/apply.hpp"

namespace balans::api::journal {

/// Nothing where the fields are fine by themselves.
std::optional<Refused> check_owner(std::string_view owner);
std::optional<Refused> check_fields(const NewAccount& account);
std::optional<Refused> check_fields(const Transfer& transfer);

/// The first thing about an account or transfer of an id that is in the book already, or nothing where it is the same.
std::optional<Refused> check_same(const NewAccount& asked, const Account& there);
/// `debit` and `credit`: the numbers of the accounts that were asked for, 0 where there are none of that id.
std::optional<Refused> check_same(const Transfer& asked, std::int64_t debit, std::int64_t credit, const Entry& there);

}  // namespace balans::api::journal
