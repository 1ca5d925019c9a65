#include "tests/bench/service/api_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace balans::bench {
namespace {

std::string first_line(const std::string& command) {
  FILE* output = popen(command.c_str(), "r");
  if (output == nullptr) give_up("cannot run " + command);
  std::string line;
  for (int c = fgetc(output); c != EOF && c != '\n'; c = fgetc(output)) line += static_cast<char>(c);
  pclose(output);
  return line;
}

std::string read_line(int from) {
  std::string line;
  for (char c = 0; ::read(from, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

void write_config(const ApiProcess::Setup& setup) {
  std::ofstream file(setup.folder / "api.yaml");
  file << fmt::format("deployment: \"{}\"\nlisten: {{ host: 127.0.0.1, port: 0 }}\ndatabase: \"{}\"\nsites: []\n",
                      to_hex(Keys::all().deployment.bytes), setup.database);
}

/// As if each had come with a pairing code.
Result<void> enrol(const ApiProcess::Setup& setup) {
  const api::DatabaseAddress address = setup.address();
  if (const auto migrated = api::migrate(address); !migrated) return migrated;
  const auto store = api::open_store(address);
  if (!store) return store.error();
  const Keys& keys = Keys::all();
  return (*store)->transaction([&]() -> Result<void> {
    for (int i = 0; i < setup.sites; ++i) {
      api::PairedSite site{*SiteId::parse(site_name(i)), keys.site->public_key(), {}};
      for (const char* agent : {kLive, kBacklog}) site.agents[*AgentId::parse(agent)] = keys.agent->public_key();
      if (const auto put = (*store)->enrolments().put(site); !put) return put;
    }
    return {};
  });
}

}  // namespace

void give_up(const std::string& what) {
  std::cerr << "balans_service: " << what << "\n";
  std::exit(1);
}

api::DatabaseAddress ApiProcess::Setup::address() const {
  if (api::is_postgres_uri(database)) return api::PostgresUri{database};
  return std::filesystem::path(database);
}

ApiProcess::ApiProcess(const Setup& setup) {
  std::filesystem::create_directories(setup.folder);
  write_config(setup);
  if (const auto enrolled = enrol(setup); !enrolled) give_up(enrolled.error().message());
  const std::string config = (setup.folder / "api.yaml").string();
  token_ = first_line(
      fmt::format("{} token add bench --scope read --config {} 2>/dev/null", setup.program.string(), config));
  if (!token_.starts_with("balans_")) give_up("no token from balans-api: " + token_);
  start(setup);
}

void ApiProcess::start(const Setup& setup) {
  const std::string program = setup.program.string(), config = (setup.folder / "api.yaml").string(),
                    events = (setup.folder / "events.jsonl").string();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe");
  const auto begun = std::chrono::steady_clock::now();
  child_ = fork();
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(ends[1], STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), "--config", config.c_str(), "--events", events.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
  const std::string line = read_line(output_);
  if (!line.starts_with("listening on ")) give_up("balans-api does not start: " + line);
  port_ = static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
  HttpClient client;
  get(client, "/healthz");
  start_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

ApiProcess::~ApiProcess() {
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
  close(output_);
}

std::string ApiProcess::url(const std::string& target) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, target);
}

std::string ApiProcess::get(HttpClient& client, const std::string& target) const {
  HttpRequest request{HttpMethod::Get, url(target), {{"authorization", "Bearer " + token_}}, ""};
  auto answer = client.send(request);
  if (!answer.ok()) give_up(answer.error().message());
  if (answer->status != 200) give_up(fmt::format("{} is answered with {}: {}", target, answer->status, answer->body));
  return std::move(answer->body);
}

}  // namespace balans::bench
