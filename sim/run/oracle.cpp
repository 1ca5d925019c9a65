#include "sim/run/oracle.hpp"

#include <ClpSimplex.hpp>
#include <ClpSolve.hpp>
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/run/oracle_parts.hpp"

namespace balans::runs {
namespace {

using Guest = OracleParts::Guest;
using Part = OracleParts::Part;

constexpr double kInfinite = std::numeric_limits<double>::max();

/// A matrix that grows by columns, with bounds and costs.
class Columns {
 public:
  void begin(double upper, double cost) {
    starts_.push_back(static_cast<CoinBigIndex>(rows_.size()));
    upper_.push_back(upper);
    cost_.push_back(cost);
  }
  void put(int row, double value) {
    rows_.push_back(row);
    values_.push_back(value);
  }
  [[nodiscard]] int count() const { return static_cast<int>(upper_.size()); }
  [[nodiscard]] double upper(int column) const { return upper_[static_cast<std::size_t>(column)]; }

  void load(ClpSimplex& program, const std::vector<double>& row_upper) {
    starts_.push_back(static_cast<CoinBigIndex>(rows_.size()));
    const std::vector<double> lower(upper_.size(), 0), row_lower(row_upper.size(), -kInfinite);
    program.loadProblem(count(), static_cast<int>(row_upper.size()), starts_.data(), rows_.data(), values_.data(),
                        lower.data(), upper_.data(), cost_.data(), row_lower.data(), row_upper.data());
  }

 private:
  std::vector<CoinBigIndex> starts_;
  std::vector<int> rows_;
  std::vector<double> values_, upper_, cost_;
};

/// Rows: each slot and phase that could bind, and what each guest asked for. Columns: for each guest that is not
/// settled what it takes from slots that are not scarce, then what it takes in each that is. Costs are energy below
/// zero, and the solver makes them small.
class EnergyProgram {
 public:
  explicit EnergyProgram(OracleParts& parts) : parts_(parts) {
    program_.setLogLevel(0);
    number_rows();
    Columns columns;
    for (std::size_t i = 0; i < parts.guests.size(); ++i)
      if (!parts.guests[i].settled) add_guest(i, columns);
    columns.load(program_, row_upper_);
  }

  bool solve() {
    if (program_.numberColumns() == 0) return true;
    ClpSolve how;
    how.setSolveType(ClpSolve::useDual);
    how.setPresolveType(ClpSolve::presolveOn);
    program_.initialSolve(how);
    return program_.isProvenOptimal();
  }

  /// The sum of what the prices of scarce room and of further asking are worth, and what each column earns beyond them.
  [[nodiscard]] double bound() const {
    double sum = 0;
    for (const Guest& guest : parts_.guests)
      if (guest.settled) sum += std::min(guest.asked, guest.anywhere());
    std::vector<double> price(row_upper_.size());
    for (std::size_t row = 0; row < price.size(); ++row) {
      price[row] = std::max(0.0, -program_.dualRowSolution()[row]);
      sum += price[row] * row_upper_[row];
    }
    const CoinPackedMatrix& matrix = *program_.matrix();
    for (int column = 0; column < program_.numberColumns(); ++column) {
      double earns = -program_.objective()[column];
      for (CoinBigIndex at = matrix.getVectorFirst(column); at < matrix.getVectorLast(column); ++at)
        earns -= matrix.getElements()[at] * price[static_cast<std::size_t>(matrix.getIndices()[at])];
      sum += std::max(0.0, earns) * program_.columnUpper()[column];
    }
    return sum;
  }

  /// Among the answers that deliver as much as the one found, the one that is worth most where energy in each tenth of
  /// what a stay asked for is worth half as much as in the tenth before. So shares are even to a tenth; raising the
  /// smallest as far as it goes, then the next, would take as many programs as there are stays.
  bool even_out();

  /// Writes the answer into the parts.
  void take() {
    int column = 0;
    for (Guest& guest : parts_.guests) {
      if (guest.settled) continue;
      take_plenty(guest, value(column++));
      for (Part& part : guest.parts)
        if (part.scarce) part.taken = value(column++);
    }
  }

 private:
  static constexpr int kSteps = 10;
  static constexpr double kNothing = 1e-7;

  void keep_energy();

  void number_rows() {
    rows_.assign(parts_.room.size(), PerPhase<int>::all(-1));
    for (const Guest& guest : parts_.guests)
      for (const Part& part : guest.parts)
        for (Phase p : kPhases) {
          if (guest.settled || !guest.phases.contains(p) || !parts_.scarce_rows[part.slot][p]) continue;
          int& row = rows_[part.slot][p];
          if (row >= 0) continue;
          row = static_cast<int>(row_upper_.size());
          row_upper_.push_back(parts_.room[part.slot][p]);
        }
  }

  void add_guest(std::size_t i, Columns& columns) {
    const Guest& guest = parts_.guests[i];
    const int asked_row = static_cast<int>(row_upper_.size());
    row_upper_.push_back(guest.asked);
    columns.begin(guest.plenty(), -1);
    columns.put(asked_row, 1);
    for (const Part& part : guest.parts) {
      if (!part.scarce) continue;
      columns.begin(part.most, -guest.phase_count);
      for (Phase p : kPhases)
        if (guest.phases.contains(p) && rows_[part.slot][p] >= 0) columns.put(rows_[part.slot][p], 1);
      columns.put(asked_row, guest.phase_count);
    }
  }

  [[nodiscard]] double value(int column) const {
    return std::clamp(program_.primalColumnSolution()[column], 0.0, program_.columnUpper()[column]);
  }

  OracleParts& parts_;
  std::vector<PerPhase<int>> rows_;  ///< of each slot; -1 where none is needed
  std::vector<double> row_upper_;
  ClpSimplex program_;
};

void EnergyProgram::keep_energy() {
  // A column whose price says that moving it would cost energy stays where it is, and so does a row.
  for (int column = 0; column < program_.numberColumns(); ++column) {
    const double is = value(column), cost = program_.dualColumnSolution()[column];
    if (cost > kNothing) program_.setColumnUpper(column, is);
    if (cost < -kNothing) program_.setColumnLower(column, is);
    program_.setObjectiveCoefficient(column, 0);
  }
  for (int row = 0; row < program_.numberRows(); ++row)
    if (program_.dualRowSolution()[row] < -kNothing) program_.setRowLower(row, program_.primalRowSolution()[row]);
}

bool EnergyProgram::even_out() {
  if (program_.numberColumns() == 0) return true;
  const int guest_columns = program_.numberColumns();
  keep_energy();
  int column = 0;
  for (const Guest& guest : parts_.guests) {
    if (guest.settled) continue;
    std::vector<int> columns{column++};
    std::vector<double> values{1};
    for (const Part& part : guest.parts)
      if (part.scarce) columns.push_back(column++), values.push_back(guest.phase_count);
    double worth = 1;
    for (int step = 0; step < kSteps; ++step, worth /= 2) {
      columns.push_back(program_.numberColumns());
      values.push_back(-1);
      program_.addColumn(0, nullptr, nullptr, 0, guest.asked / kSteps, -worth);
    }
    program_.addRow(static_cast<int>(columns.size()), columns.data(), values.data(), 0, kInfinite);
  }
  BALANS_CHECK(column == guest_columns);
  program_.primal();
  return program_.isProvenOptimal();
}

OracleAnswer answer_of(const OracleProblem& problem, const OracleParts& parts, double bound) {
  OracleAnswer answer;
  std::vector<PerPhase<double>> load(parts.room.size());
  for (std::size_t i = 0; i < parts.guests.size(); ++i) {
    const Guest& guest = parts.guests[i];
    double units = 0;
    for (const Part& part : guest.parts) {
      units += part.taken * guest.phase_count;
      load[part.slot] += guest.phases.spread(part.taken);
    }
    const sim::Millijoules delivered(std::llround(units * parts.millijoules_per_unit));
    answer.delivered.push_back(std::min(delivered, problem.stays[i].asked));
  }
  for (const PerPhase<double>& slot : load) {
    PerPhase<Milliamps> mean;
    for (Phase p : kPhases) mean[p] = Milliamps(std::llround(slot[p] * 1000));
    answer.load.push_back(mean);
  }
  constexpr double kLastBits = 1e-12;  // of the sums above
  answer.bound = sim::Millijoules(static_cast<std::int64_t>(bound * parts.millijoules_per_unit * (1 + kLastBits)) + 1);
  return answer;
}

}  // namespace

Result<OracleAnswer> solve(const OracleProblem& problem, Evenness evenness) {
  Result<OracleParts> parts = parts_of(problem);
  if (!parts) return parts.error();
  EnergyProgram program(*parts);
  if (!program.solve()) return Error{"oracle", "the linear program was not solved"};
  const double bound = program.bound();
  program.take();
  if (evenness == Evenness::ToATenth && program.even_out()) program.take();
  return answer_of(problem, *parts, bound);
}

}  // namespace balans::runs
