#pragma once
// Expected failure as a value: what went wrong and where. (GCC 12 has no std::expected.)

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/check.hpp"

namespace balans {

/// What went wrong and where: `{"meter main, register 52", "timeout"}`.
struct Error {
  std::string where;  ///< file:line:col, topic, register, JSON path or endpoint; may be empty
  std::string what;   ///< what was found and what was expected

  [[nodiscard]] std::string message() const { return where.empty() ? what : where + ": " + what; }
  /// The same error seen from further out: `outer` is put before `where`.
  [[nodiscard]] Error within(const std::string& outer) const {
    return {where.empty() ? outer : outer + ", " + where, what};
  }
};

/// A value or an Error. Asking for the one that is not there is broken code, so it is a CHECK.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& { return checked(), std::get<0>(state_); }
  [[nodiscard]] T& value() & { return checked(), std::get<0>(state_); }
  [[nodiscard]] T value() && { return checked(), std::get<0>(std::move(state_)); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] T operator*() && { return std::move(*this).value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] T* operator->() { return &value(); }

  [[nodiscard]] const Error& error() const {
    BALANS_CHECK(!ok());
    return std::get<1>(state_);
  }

 private:
  void checked() const { BALANS_CHECK(ok()); }
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    BALANS_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace balans
