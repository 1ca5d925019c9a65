#include "cli/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/io/runtime/program.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

std::string counted(const Findings& findings, Grade grade, const char* one, const char* many) {
  const auto count = std::ranges::count(findings, grade, &Finding::grade);
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

Finding ok(std::string what) { return {Grade::Ok, std::move(what), {}}; }
Finding warning(std::string what, std::string remedy) { return {Grade::Warning, std::move(what), std::move(remedy)}; }
Finding failure(std::string what, std::string remedy) { return {Grade::Failure, std::move(what), std::move(remedy)}; }

void append(Findings& to, Findings from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

const char* word_of(Grade grade) {
  switch (grade) {
    case Grade::Ok:
      return "ok";
    case Grade::Warning:
      return "warning";
    case Grade::Failure:
      return "failure";
  }
  return "";
}

Grade worst_of(const Findings& findings) {
  const auto worst = std::ranges::max_element(findings, {}, &Finding::grade);
  return worst == findings.end() ? Grade::Ok : worst->grade;
}

std::string finding_text(const Finding& finding) {
  std::string text = fmt::format("{:<8} {}\n", word_of(finding.grade), finding.what);
  if (!finding.remedy.empty()) text += fmt::format("         -> {}\n", finding.remedy);
  return text;
}

std::string findings_text(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += finding_text(finding);
  return text + fmt::format("{} ok, {}, {}\n", std::ranges::count(findings, Grade::Ok, &Finding::grade),
                            counted(findings, Grade::Warning, "warning", "warnings"),
                            counted(findings, Grade::Failure, "failure", "failures"));
}

std::string findings_json(const Findings& findings) {
  json::Writer out;
  out.begin_object().key("findings").begin_array();
  for (const Finding& finding : findings) {
    out.begin_object().key("grade").string(word_of(finding.grade)).key("what").string(finding.what).key("remedy");
    if (finding.remedy.empty())
      out.null();
    else
      out.string(finding.remedy);
    out.end_object();
  }
  return out.end_array().key("worst").string(word_of(worst_of(findings))).end_object().take() + "\n";
}

int exit_code_of(const Findings& findings) { return worst_of(findings) == Grade::Failure ? kExitFailure : kExitOk; }

}  // namespace balans::cli
