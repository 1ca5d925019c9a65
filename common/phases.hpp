#pragma once
// The three phases of a low-voltage grid, indexed by name: `for (Phase p : kPhases) left[p] -= granted[p];`

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace balans {

enum class Phase : std::uint8_t { L1, L2, L3 };

inline constexpr std::array<Phase, 3> kPhases{Phase::L1, Phase::L2, Phase::L3};

constexpr const char* name_of(Phase phase) {
  constexpr std::array<const char*, 3> kNames{"L1", "L2", "L3"};
  return kNames[static_cast<std::size_t>(phase)];
}

/// One value per phase, in the order L1, L2, L3.
template <class T>
struct PerPhase {
  std::array<T, 3> values{};

  static constexpr PerPhase all(T value) { return {{value, value, value}}; }

  constexpr T& operator[](Phase phase) { return values[static_cast<std::size_t>(phase)]; }
  constexpr const T& operator[](Phase phase) const { return values[static_cast<std::size_t>(phase)]; }
  constexpr bool operator==(const PerPhase&) const = default;

  constexpr PerPhase& operator+=(const PerPhase& other) {
    for (Phase p : kPhases) (*this)[p] += other[p];
    return *this;
  }
  constexpr PerPhase& operator-=(const PerPhase& other) {
    for (Phase p : kPhases) (*this)[p] -= other[p];
    return *this;
  }
  friend constexpr PerPhase operator+(PerPhase a, const PerPhase& b) { return a += b; }
  friend constexpr PerPhase operator-(PerPhase a, const PerPhase& b) { return a -= b; }

  [[nodiscard]] constexpr T largest() const { return *std::max_element(values.begin(), values.end()); }
  [[nodiscard]] constexpr T smallest() const { return *std::min_element(values.begin(), values.end()); }
  [[nodiscard]] constexpr T sum() const { return values[0] + values[1] + values[2]; }
};

/// Phase by phase, the larger of the two.
template <class T>
constexpr PerPhase<T> larger_of(PerPhase<T> a, const PerPhase<T>& b) {
  for (Phase p : kPhases) a[p] = std::max(a[p], b[p]);
  return a;
}

/// Phase by phase, the smaller of the two.
template <class T>
constexpr PerPhase<T> smaller_of(PerPhase<T> a, const PerPhase<T>& b) {
  for (Phase p : kPhases) a[p] = std::min(a[p], b[p]);
  return a;
}

/// A set of phases, such as those a device is connected to.
class PhaseSet {
 public:
  constexpr PhaseSet() = default;
  constexpr PhaseSet(std::initializer_list<Phase> phases) {
    for (Phase p : phases) insert(p);
  }
  static constexpr PhaseSet all() { return {Phase::L1, Phase::L2, Phase::L3}; }

  constexpr void insert(Phase phase) { bits_ = static_cast<std::uint8_t>(bits_ | bit(phase)); }
  [[nodiscard]] constexpr bool contains(Phase phase) const { return (bits_ & bit(phase)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr int size() const { return (bits_ & 1) + ((bits_ >> 1) & 1) + ((bits_ >> 2) & 1); }
  constexpr bool operator==(const PhaseSet&) const = default;

  /// `value` on the phases of the set, `T{}` on the others.
  template <class T>
  [[nodiscard]] constexpr PerPhase<T> spread(T value) const {
    PerPhase<T> result;
    for (Phase p : kPhases)
      if (contains(p)) result[p] = value;
    return result;
  }

 private:
  static constexpr std::uint8_t bit(Phase phase) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(phase));
  }
  std::uint8_t bits_ = 0;
};

}  // namespace balans
