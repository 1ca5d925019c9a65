#pragma once
// One line of what was looked at: fine, worth a look, or broken, and what to type about it.

#include <cstdint>
#include <string>
#include <vector>

namespace balans::cli {

enum class Grade : std::uint8_t { Ok, Warning, Failure };

struct Finding {
  Grade grade = Grade::Ok;
  std::string what;    ///< "clock: synchronised"
  std::string remedy;  ///< what to type or do; empty where nothing is to be done
};

using Findings = std::vector<Finding>;

Finding ok(std::string what);
Finding warning(std::string what, std::string remedy);
Finding failure(std::string what, std::string remedy);

void append(Findings& to, Findings from);

const char* word_of(Grade grade);  ///< "ok", "warning", "failure"
Grade worst_of(const Findings& findings);

/// "ok       clock: synchronised\n", the remedy on a line of its own below.
std::string finding_text(const Finding& finding);
std::string findings_text(const Findings& findings);  ///< with a last line that counts
/// {"findings":[{"grade":"ok","what":"…","remedy":null}],"worst":"ok"}
std::string findings_json(const Findings& findings);

/// 1 where one of them is a failure, else 0.
int exit_code_of(const Findings& findings);

}  // namespace balans::cli
