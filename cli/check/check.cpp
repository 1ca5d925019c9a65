#include "cli/check/check.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "cli/program_run.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kMostFiles = 1000;

struct Judge {
  const char* program;
  const char* part;
};

Judge judge_of(ConfigKind kind) {
  constexpr std::array kJudges{Judge{"balans-trafo", "trafo"}, Judge{"balans-chargepoint", "chargepoint"},
                               Judge{"balans-api", "api"}};
  return kJudges[static_cast<std::size_t>(kind)];
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// A line each, without the program's own name at their beginnings.
std::vector<std::string> lines_of(std::string text, const std::string& program) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = text.substr(0, end);
    if (line.starts_with(program + ": ")) line.erase(0, program.size() + 2);
    if (!line.empty()) lines.push_back(std::move(line));
    text.erase(0, std::min(end + 1, text.size()));
  }
  return lines;
}

std::string remedy_for(const std::string& problem) {
  if (problem.find("design-peak") != std::string::npos)
    return "the devices' failsafes do not fit: a smaller failsafe_a or device_fallback_a (0 is the most careful), a "
           "smaller design_peak_base_a if the street really draws less, or a larger fuse; --explain shows the sum";
  if (problem.find("has mode") != std::string::npos) return "chmod 600 the key file";
  if (problem.find(".key: cannot be opened") != std::string::npos)
    return "put it back from a backup; where there never was one, `balans init` makes it. A new trafo.key means "
           "pairing "
           "every device anew";
  if (problem.find("cannot be opened") != std::string::npos) return "put it back, or `balans init`, which makes it";
  return "mend the line that is named; `man balans-site.yaml`, `balans-agent.yaml` and `balans-api.yaml` show each key";
}

void read_facts(ConfigKind kind, const std::filesystem::path& file, Facts& facts, Findings& findings) {
  const auto note = [&](const Error& error) {
    findings.push_back(failure(error.message(), "the files cannot be compared before this is mended"));
  };
  switch (kind) {
    case ConfigKind::Site:
      if (auto read = read_site_facts(file); read)
        facts.site = *std::move(read);
      else
        note(read.error());
      return;
    case ConfigKind::Agent:
      if (auto read = read_agent_facts(file); read)
        facts.agents.push_back(*std::move(read));
      else
        note(read.error());
      return;
    case ConfigKind::Api:
      if (auto read = read_api_facts(file); read)
        facts.api = *std::move(read);
      else
        note(read.error());
      return;
  }
}

}  // namespace

std::vector<std::filesystem::path> usual_files(const CheckPlaces& places) {
  std::vector<std::filesystem::path> files, agents;
  if (is_there(places.config / "site.yaml")) files.push_back(places.config / "site.yaml");
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(places.config / "agents", ignored))
    if (entry.path().extension() == ".yaml" && agents.size() < kMostFiles) agents.push_back(entry.path());
  std::ranges::sort(agents);
  files.insert(files.end(), agents.begin(), agents.end());
  if (is_there(places.config / "api.yaml")) files.push_back(places.config / "api.yaml");
  return files;
}

Checked check_by_program(const CheckPlaces& places, ConfigKind kind, const std::filesystem::path& file,
                         Explain explain) {
  const Judge judge = judge_of(kind);
  Checked checked;
  const auto program = find_program(judge.program, places.programs);
  if (!program) {
    checked.findings.push_back(warning(file.string() + ": " + judge.program + " is not installed here to judge it",
                                       std::string("install.sh ") + judge.part));
    return checked;
  }
  std::vector<std::string> arguments{"--check", "--config", file.string()};
  if (explain == Explain::Yes && kind != ConfigKind::Api) arguments.emplace_back("--explain");
  const auto answer = run_program(*program, arguments);
  if (!answer) {
    checked.findings.push_back(failure(answer.error().message(), "install its package again"));
    return checked;
  }
  checked.explanation = answer->out;
  if (answer->code == kExitOk) {
    checked.findings.push_back(ok(file.string() + ": " + judge.program + " would start with it"));
    return checked;
  }
  for (const std::string& line : lines_of(answer->err, judge.program))
    checked.findings.push_back(failure(line, remedy_for(line)));
  if (checked.findings.empty())
    checked.findings.push_back(failure(file.string() + ": " + judge.program + " ended with exit code " +
                                           std::to_string(answer->code) + " and said nothing",
                                       "install its package again"));
  return checked;
}

Checked check_files(const CheckPlaces& places, const std::vector<std::filesystem::path>& files, Explain explain) {
  Checked checked;
  Facts facts;
  for (const std::filesystem::path& file : files) {
    const auto kind = kind_of(file);
    if (!kind) {
      checked.findings.push_back(failure(kind.error().message(), remedy_for(kind.error().what)));
      continue;
    }
    Checked one = check_by_program(places, *kind, file, explain);
    const bool refused = worst_of(one.findings) == Grade::Failure;
    append(checked.findings, std::move(one.findings));
    if (!one.explanation.empty())
      checked.explanation += (checked.explanation.empty() ? "" : "\n") + file.string() + "\n" + one.explanation;
    Findings unread;
    read_facts(*kind, file, facts, unread);
    if (!refused) append(checked.findings, std::move(unread));  // else its program has said the same
  }
  append(checked.findings, check_identities(places, facts));
  append(checked.findings, check_together(places, facts));
  return checked;
}

}  // namespace balans::cli
