#include "sim/run/oracle.hpp"

namespace balans::runs {

Result<OracleAnswer> solve(const OracleProblem&, Evenness) {
  return Error{"oracle", "this build has no linear programs: install coinor-libclp-dev and build again"};
}

}  // namespace balans::runs
