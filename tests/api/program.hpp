#pragma once
// balans-api as it is installed: a process that is started, asked over HTTP and ended.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "api/http/message.hpp"
#include "common/io/http_client/http_client.hpp"

namespace balans::api::test {

/// balans-api as a child process.
class Program {
 public:
  Program(const std::filesystem::path& config, const std::filesystem::path& events,
          const std::vector<std::string>& more = {}) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    std::vector<const char*> words{BALANS_API, "--config", config.c_str(), "--events", events.c_str()};
    for (const std::string& word : more) words.push_back(word.c_str());
    words.push_back(nullptr);
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      execv(BALANS_API, const_cast<char* const*>(words.data()));
      _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~Program() {
    if (child_ > 0) end(SIGKILL);
    close(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The port of its first line, `listening on http://127.0.0.1:8080/`.
  std::uint16_t port() {
    const std::string line = read_line();
    const std::size_t colon = line.rfind(':');
    EXPECT_TRUE(line.starts_with("listening on ")) << line;
    return line.starts_with("listening on ") ? static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1))) : 0;
  }
  std::string read_line() const {
    std::string line;
    for (char c = 0; read(output_, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  void signal(int number) const { kill(child_, number); }
  /// Its exit code, or minus the signal that ended it. Signal 0 only waits.
  int end(int signal) {
    if (signal != 0) kill(child_, signal);
    int status = 0;
    waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t child_ = 0;
  int output_ = -1;
};

/// What `balans-api WORDS --config CONFIG` prints, up to the end of its first line.
inline std::string first_line_of(const std::string& words, const std::filesystem::path& config) {
  const std::string command = std::string(BALANS_API) + " " + words + " --config " + config.string() + " 2>/dev/null";
  FILE* output = popen(command.c_str(), "r");
  std::string line;
  for (int c = fgetc(output); c != EOF && c != '\n'; c = fgetc(output)) line += static_cast<char>(c);
  pclose(output);
  return line;
}

inline HttpRequest over_http(const Request& request, std::uint16_t port) {
  HttpRequest http;
  http.method = request.head.method == Method::Post ? HttpMethod::Post : HttpMethod::Get;
  http.url = "http://127.0.0.1:" + std::to_string(port) + request.head.target;
  for (const auto& [name, value] : request.head.headers) http.headers.push_back({name, value});
  http.body = request.body;
  return http;
}

}  // namespace balans::api::test
