#include "cli/init/trial.hpp"

#include <stdlib.h>

#include <system_error>

#include "cli/program_run.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

Error not_here(const char* program) {
  const std::string part = std::string(program).substr(7);  // behind "balans-"
  return {program, "is not installed here, and nobody else can judge the file: install.sh " + part};
}

}  // namespace

Trial::Trial(std::filesystem::path folder, std::filesystem::path real, std::optional<std::filesystem::path> programs)
    : folder_(std::move(folder)), real_(std::move(real)), programs_(std::move(programs)) {}

Trial::Trial(Trial&& other) noexcept
    : folder_(std::move(other.folder_)), real_(std::move(other.real_)), programs_(std::move(other.programs_)) {
  other.folder_.clear();
}

Trial::~Trial() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Result<Trial> Trial::begin(const std::filesystem::path& real, std::optional<std::filesystem::path> programs) {
  std::error_code problem;
  std::string name = (std::filesystem::temp_directory_path(problem) / "balans-init-XXXXXX").string();
  if (problem || ::mkdtemp(name.data()) == nullptr) return Error{name, "cannot be made"};
  Trial trial(name, real, std::move(programs));
  for (const char* sub : {"keys", "agents"})
    if (const auto made = make_private_folder(trial.folder_ / sub); !made) return made.error();
  for (const char* key : {"trafo.key", "site.key"})
    if (const auto made = create_key_file(trial.folder_ / "keys" / key); !made) return made.error();
  return trial;
}

std::string Trial::with_real_names(std::string text) const {
  const std::string own = folder_.string();
  for (std::size_t at = text.find(own); at != std::string::npos; at = text.find(own, at + real_.string().size()))
    text.replace(at, own.size(), real_.string());
  return text;
}

Result<Tried> Trial::run(const char* program, const std::filesystem::path& file, const std::string& text,
                         Explain explain) const {
  const auto found = find_program(program, programs_);
  if (!found) return not_here(program);
  if (const auto written = replace_file(file, text, FileMode::Private); !written) return written.error();
  std::vector<std::string> arguments{"--check", "--config", file.string()};
  if (explain == Explain::Yes) arguments.emplace_back("--explain");
  const auto answer = run_program(*found, arguments);
  if (!answer) return answer.error();
  Tried tried;
  tried.accepted = answer->code == kExitOk;
  const std::size_t gap = std::min(answer->out.find("\n\n"), answer->out.size());
  tried.budget = answer->out.substr(0, gap);
  tried.silence = with_real_names(answer->out.substr(std::min(gap + 2, answer->out.size())));
  tried.problem = with_real_names(answer->err);
  if (const std::string prefix = std::string(program) + ": "; tried.problem.starts_with(prefix))
    tried.problem.erase(0, prefix.size());
  while (tried.problem.ends_with('\n')) tried.problem.pop_back();
  tried.over_budget = !tried.accepted && tried.problem.find("design-peak") != std::string::npos;
  return tried;
}

Result<Tried> Trial::try_site(const std::string& text) const {
  return run("balans-trafo", folder_ / "site.yaml", text, Explain::Yes);
}

Result<Tried> Trial::try_agent(const AgentId& id, const std::string& text) const {
  const auto key = folder_ / "keys" / (id.str() + ".key");
  std::error_code ignored;
  if (!std::filesystem::exists(key, ignored))
    if (const auto made = create_key_file(key); !made) return made.error();
  auto tried = run("balans-chargepoint", folder_ / "agents" / (id.str() + ".yaml"), text, Explain::Yes);
  if (tried) std::swap(tried->silence, tried->budget);  // it has no budget
  return tried;
}

Result<Tried> Trial::try_api(const std::string& text) const {
  return run("balans-api", folder_ / "api.yaml", text, Explain::No);
}

Result<Offer> Trial::offer_of(const AgentId& id) const {
  const auto program = find_program("balans-chargepoint", programs_);
  if (!program) return not_here("balans-chargepoint");
  const auto file = folder_ / "agents" / (id.str() + ".yaml");
  const auto answer = run_program(*program, {"--check", "--offer", "--config", file.string()});
  if (!answer) return answer.error();
  return decode<Offer>(answer->out.substr(0, answer->out.find('\n')));
}

Result<void> Trial::site_takes(const AgentId& id, const Offer& offer) const {
  const auto program = find_program("balans-trafo", programs_);
  if (!program) return not_here("balans-trafo");
  const auto answer = run_program(
      *program, {"--check", "--config", (folder_ / "site.yaml").string(), "--offer=" + id.str() + "=" + encode(offer)});
  if (!answer) return answer.error();
  if (answer->code == kExitOk) return {};
  const std::string text = with_real_names(answer->err.substr(0, answer->err.find('\n')));
  return Error{"", text.substr(text.find(": ") + 2)};
}

}  // namespace balans::cli
