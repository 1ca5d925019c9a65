// Weighted max-min fairness by linear programs (COIN-OR Clp): raise the lowest level as far as it goes, fix those that
// cannot follow any further, and again with the others.
#include <ClpSimplex.hpp>
#include <algorithm>
#include <limits>

#include "tests/trafo/core/allocate_tiers.hpp"

namespace balans {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::max();

double as_number(Milliamps current) { return static_cast<double>(current.count()); }

/// Columns: what each rising candidate gets, and the common level λ. Rows: the grid's, and for each candidate that its
/// current is at least before + weight·λ.
class LevelProgram {
 public:
  LevelProgram(const Problem& problem, const Tier& tier) : problem_(problem), tier_(tier) {
    for (std::size_t i = 0; i < tier.before.size(); ++i)
      if (tier.target[i] > tier.before[i]) rising_.push_back(i);
    for (std::size_t i : rising_) heaviest_ = std::max(heaviest_, static_cast<double>(tier.weight[i]));
    program_.setLogLevel(0);
    add_columns();
    add_grid_rows();
    first_level_row_ = program_.numberRows();
    for (std::size_t k = 0; k < rising_.size(); ++k) add_level_row(k);
    program_.setOptimizationDirection(-1);
  }

  std::vector<double> solve() {
    std::vector<double> result;
    for (Milliamps before : tier_.before) result.push_back(as_number(before));
    std::vector<bool> fixed(rising_.size(), false);
    for (std::size_t left = rising_.size(); left > 0;) {
      program_.primal();
      if (!program_.isProvenOptimal()) program_.initialSolve();  // afresh, with other pivots
      if (!program_.isProvenOptimal()) return {};
      const double level = program_.primalColumnSolution()[level_column()];
      const std::size_t before = left;
      for (std::size_t k = 0; k < rising_.size(); ++k) {
        if (fixed[k] || !holds_back(k)) continue;
        result[rising_[k]] += weight(k) * level;
        fix(k, result[rising_[k]]);
        fixed[k] = true;
        --left;
      }
      if (left == before) return {};
    }
    return result;
  }

 private:
  [[nodiscard]] int level_column() const { return static_cast<int>(rising_.size()); }
  [[nodiscard]] double weight(std::size_t k) const { return static_cast<double>(tier_.weight[rising_[k]]) / heaviest_; }

  void add_columns() {
    for (std::size_t i : rising_)
      program_.addColumn(0, nullptr, nullptr, as_number(tier_.before[i]), as_number(tier_.target[i]), 0.0);
    program_.addColumn(0, nullptr, nullptr, 0.0, kInfinite, 1.0);
  }

  void add_grid_rows() {
    for (Binding row : rows_of(problem_)) {
      std::vector<int> columns;
      std::vector<double> times;
      Milliamps taken;
      for (std::size_t i = 0; i < tier_.before.size(); ++i) {
        const Candidate& c = problem_.candidates[i];
        const std::int64_t a = loads(problem_, c.node, c.phases, row);
        const auto found = std::ranges::lower_bound(rising_, i);
        if (a == 0) continue;
        if (found == rising_.end() || *found != i) {
          taken += tier_.before[i] * a;
        } else {
          columns.push_back(static_cast<int>(found - rising_.begin()));
          times.push_back(static_cast<double>(a));
        }
      }
      if (columns.empty() || limit_of(problem_, row) == kUnlimited) continue;
      program_.addRow(static_cast<int>(columns.size()), columns.data(), times.data(), -kInfinite,
                      as_number(limit_of(problem_, row) - taken));
    }
  }

  void add_level_row(std::size_t k) {
    const int columns[] = {static_cast<int>(k), level_column()};
    const double times[] = {1.0, -weight(k)};
    program_.addRow(2, columns, times, as_number(tier_.before[rising_[k]]), kInfinite);
  }

  /// Whether λ could be larger if candidate `k` did not have to follow it.
  [[nodiscard]] bool holds_back(std::size_t k) const {
    constexpr double kNothing = 1e-7;
    return -program_.dualRowSolution()[first_level_row_ + static_cast<int>(k)] * weight(k) > kNothing ||
           program_.dualRowSolution()[first_level_row_ + static_cast<int>(k)] * weight(k) > kNothing;
  }

  void fix(std::size_t k, double current) {
    program_.setRowLower(first_level_row_ + static_cast<int>(k), -kInfinite);
    constexpr double kRounding = 1e-4;  // mA; an equation would be broken by the last bit of a sum
    program_.setColumnBounds(static_cast<int>(k), current - kRounding, current);
  }

  const Problem& problem_;
  const Tier& tier_;
  std::vector<std::size_t> rising_;
  double heaviest_ = 1;
  int first_level_row_ = 0;
  ClpSimplex program_;
};

}  // namespace

std::vector<double> fairest_by_linear_programs(const Problem& problem, const Tier& tier) {
  return LevelProgram(problem, tier).solve();
}

}  // namespace balans
