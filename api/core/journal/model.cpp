#include "api/core/journal/model.hpp"

namespace balans::api::journal {
namespace {

constexpr std::array<std::string_view, kAccountKinds.size()> kAccountKindNames{
    "household", "device", "producer", "grid",     "supplier", "flexibility-budget",
    "dealer",    "escrow", "cash",     "suspense", "fees"};
constexpr std::array<std::string_view, kKinds.size()> kKindNames{"transfer", "reserve", "post", "void"};
constexpr std::array<std::string_view, kCodes.size()> kCodeNames{
    "energy",     "grid-share", "producer-share", "reward",  "deposit", "payout", "fee",     "refund",
    "correction", "conversion", "reservation",    "channel", "trade",   "tariff", "time-out"};

template <std::size_t N>
Error not_one_of(const std::array<std::string_view, N>& names, std::string_view name, const std::string& what) {
  std::string listed;
  for (const std::string_view each : names) listed += (listed.empty() ? "" : ", ") + std::string(each);
  return {"", "'" + std::string(name.substr(0, 40)) + "' is not " + what + ": expected one of " + listed};
}

}  // namespace

std::string_view name_of(AccountKind kind) { return kAccountKindNames.at(static_cast<std::size_t>(kind)); }

Result<AccountKind> parse_account_kind(std::string_view name) {
  for (const AccountKind kind : kAccountKinds)
    if (name_of(kind) == name) return kind;
  return not_one_of(kAccountKindNames, name, "a kind of account");
}

std::string_view name_of(Kind kind) { return kKindNames.at(static_cast<std::size_t>(kind) - 1); }

Result<Kind> parse_kind(std::string_view name) {
  for (const Kind kind : kKinds)
    if (name_of(kind) == name) return kind;
  return not_one_of(kKindNames, name, "a kind of transfer");
}

std::string_view name_of(Code code) { return kCodeNames.at(static_cast<std::size_t>(code) - 1); }

Result<Code> parse_code(std::string_view name) {
  for (const Code code : kCodes)
    if (name_of(code) == name) return code;
  return not_one_of(kCodeNames, name, "what a transfer is for");
}

Transfer transfer(const Id& id, const Id& debit, const Id& credit, Amount amount, Code code, std::string reference) {
  return {id, Kind::Transfer, debit, credit, amount, {}, {}, code, std::move(reference), Link::None};
}

Transfer reserve(const Id& id, const Id& debit, const Id& credit, Amount amount, std::optional<Millis> time_out,
                 Code code, std::string reference) {
  return {id, Kind::Reserve, debit, credit, amount, {}, time_out, code, std::move(reference), Link::None};
}

Transfer post(const Id& id, const Id& reserve, Amount amount, Code code, std::string reference) {
  return {id, Kind::Post, {}, {}, amount, reserve, {}, code, std::move(reference), Link::None};
}

Transfer void_of(const Id& id, const Id& reserve, Code code, std::string reference) {
  return {id, Kind::Void, {}, {}, {}, reserve, {}, code, std::move(reference), Link::None};
}

}  // namespace balans::api::journal
