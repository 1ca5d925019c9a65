#include "tests/secrets/watched.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "tests/secrets/planted.hpp"

namespace balans::test {
namespace {

constexpr std::chrono::seconds kPatience{30};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Watched::Watched(const std::filesystem::path& folder, const Words& words, const Words& settings) : folder_(folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.is_regular_file()) before_[entry.path().filename().string()] = entry.file_size();
  Words copy = words, more = settings;
  const std::vector<char*> arguments = pointers(copy), environment = pointers(more);
  child_ = fork();
  if (child_ != 0) return;
  const rlimit any{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &any);
  const int file = open((folder_ / "said").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (chdir(folder_.c_str()) != 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) _exit(126);
  for (std::size_t i = 0; i + 1 < environment.size(); ++i) putenv(environment[i]);
  execv(arguments[0], arguments.data());
  _exit(127);
}

Watched::~Watched() {
  if (child_ > 0) end(SIGKILL);
}

std::string Watched::written(const std::string& file) const {
  const auto before = before_.find(file);
  const std::string all = content_of(folder_ / file);
  return all.substr(before == before_.end() ? 0 : std::min<std::size_t>(before->second, all.size()));
}

bool Watched::says(const std::string& text, const std::string& file) {
  const auto longest = std::chrono::steady_clock::now() + kPatience;
  const auto is_there = [&] { return written(file).find(text) != std::string::npos; };
  while (!is_there()) {
    siginfo_t ended{};
    const bool gone =
        waitid(P_PID, static_cast<id_t>(child_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != 0;
    if (gone || std::chrono::steady_clock::now() > longest) return is_there();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::uint16_t Watched::port() {
  if (!says("/\n")) {
    ADD_FAILURE() << "does not listen: " << written();
    return 0;
  }
  const std::string text = written();
  const std::size_t line = text.find("listening on ");
  const std::size_t colon = text.rfind(':', text.find('\n', line));
  return static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1));
}

void Watched::signal(int number) const { kill(child_, number); }

Watched::End Watched::end(int number) {
  if (number != 0) kill(child_, number);
  int status = 0;
  const auto longest = std::chrono::steady_clock::now() + kPatience;
  while (waitpid(child_, &status, WNOHANG) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (std::chrono::steady_clock::now() > longest) kill(child_, SIGKILL);
  }
  child_ = 0;
  if (WIFEXITED(status)) return {WEXITSTATUS(status), false};
  return {-WTERMSIG(status), WCOREDUMP(status) != 0};
}

std::vector<std::filesystem::path> Watched::cores() const {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    if (entry.path().filename().string().starts_with("core")) found.push_back(entry.path());
  return found;
}

}  // namespace balans::test
