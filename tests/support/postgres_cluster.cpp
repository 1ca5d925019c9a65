#include "tests/support/postgres_cluster.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <vector>

namespace balans::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << "PostgreSQL for tests: " << why << std::endl;
  std::exit(1);
}

fs::path newest_programs() {
  std::vector<fs::path> found;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", problem))
    if (fs::exists(entry.path() / "bin/postgres")) found.push_back(entry.path() / "bin");
  if (found.empty()) give_up("it is not installed; tests/run.sh installs it");
  return *std::max_element(found.begin(), found.end());
}

/// PostgreSQL refuses to run as root.
void become_postgres() {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr || setgid(user->pw_gid) != 0 || initgroups("postgres", user->pw_gid) != 0 ||
      setuid(user->pw_uid) != 0)
    _exit(126);
}

int finished(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/// Runs a program as the database's user, quietly.
pid_t spawn(const std::vector<std::string>& words, const fs::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));  // execv's old signature
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  become_postgres();
  prctl(PR_SET_PDEATHSIG, SIGINT);
  if (chdir("/") != 0) _exit(126);
  if (std::freopen(log.c_str(), "a", stdout) == nullptr || dup2(STDOUT_FILENO, STDERR_FILENO) < 0) _exit(126);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

PostgresCluster::PostgresCluster() : programs_(newest_programs()) {
  std::string name = (fs::temp_directory_path() / "balans-pg-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) give_up("no temporary folder");
  folder_ = name;
  if (const passwd* user = getpwnam("postgres"); geteuid() == 0 && user != nullptr)
    if (chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) give_up("its folder cannot be given to it");
  const std::vector<std::string> init{(programs_ / "initdb").string(),
                                      "-D",
                                      (folder_ / "data").string(),
                                      "-N",
                                      "-U",
                                      "postgres",
                                      "--auth=trust",
                                      "--encoding=UTF8",
                                      "--locale=C"};
  if (finished(spawn(init, folder_ / "log")) != 0) give_up("initdb failed: " + (folder_ / "log").string());
  start();
}

PostgresCluster::~PostgresCluster() {
  kill(server_, SIGINT);
  finished(server_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PostgresCluster::start() {
  server_ = spawn({(programs_ / "postgres").string(), "-D", (folder_ / "data").string(), "-k", folder_.string(), "-c",
                   "listen_addresses=", "-c", "max_wal_size=4GB"},
                  folder_ / "log");
  while (finished(spawn({(programs_ / "pg_isready").string(), "-q", "-h", folder_.string()}, "/dev/null")) != 0)
    if (waitpid(server_, nullptr, WNOHANG) != 0) give_up("it ended: " + (folder_ / "log").string());
}

void PostgresCluster::crash_and_start() {
  kill(server_, SIGQUIT);
  finished(server_);
  start();
}

std::string PostgresCluster::fresh_database() {
  const std::string name = "balans_" + std::to_string(++databases_);
  const std::vector<std::string> create{
      (programs_ / "createdb").string(), "-h", folder_.string(), "-U", "postgres", name};
  if (finished(spawn(create, folder_ / "log")) != 0) give_up("createdb failed: " + (folder_ / "log").string());
  return uri(name);
}

std::string PostgresCluster::uri(const std::string& database) const {
  return "postgresql:///" + database + "?host=" + folder_.string() + "&user=postgres";
}

PostgresCluster& postgres_cluster() {
  static PostgresCluster cluster;
  return cluster;
}

}  // namespace balans::test
