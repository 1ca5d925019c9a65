// The program itself: its config, its end, and that what it acknowledged survives any end.
#include <fcntl.h>
#include <sys/wait.h>

#include <atomic>
#include <boost/json/parse.hpp>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include "api/config.hpp"
#include "common/io/http_client/http_client.hpp"
#include "tests/api/street.hpp"
#include "tests/api/wire.hpp"

namespace balans::api::test {
namespace {

/// balans-api as a child process.
class Program {
 public:
  Program(const std::filesystem::path& config, const std::filesystem::path& events) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      execl(BALANS_API, BALANS_API, "--config", config.c_str(), "--events", events.c_str(), nullptr);
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

class ProgramTest : public testing::Test {
 protected:
  Street street;
  Folder folder;

  std::filesystem::path write_config(const std::string& port_key = "port") {
    const EnrolledSite& site = street.roster.sites.at(street.site);
    std::ofstream file(folder / "api.yaml");
    file << "deployment: \"" << to_hex(street.roster.deployment.bytes) << "\"\n"
         << "listen: { host: 127.0.0.1, " << port_key << ": 0 }\ndatabase: balans.sqlite\nsites:\n"
         << "  - { id: elm-street, key: \"" << to_hex(site.key.bytes) << "\", agents: [";
    const char* separator = "";
    for (const auto& [agent, key] : site.agents) {
      file << separator << "{ id: " << agent.str() << ", key: \"" << to_hex(key.bytes) << "\" }";
      separator = ", ";
    }
    file << "] }\n";
    return folder / "api.yaml";
  }
  Program start() { return Program(write_config(), folder / "events.jsonl"); }
};

HttpRequest over_http(const Request& request, std::uint16_t port) {
  HttpRequest http;
  http.method = request.head.method == Method::Post ? HttpMethod::Post : HttpMethod::Get;
  http.url = "http://127.0.0.1:" + std::to_string(port) + request.head.target;
  for (const auto& [name, value] : request.head.headers) http.headers.push_back({name, value});
  http.body = request.body;
  return http;
}

std::vector<std::uint64_t> all_numbers(std::uint16_t port) {
  HttpClient client;
  std::vector<std::uint64_t> seqs;
  std::string after;
  while (true) {
    const auto response = client.send(over_http(get("/v1/readings?limit=1000" + after), port));
    EXPECT_TRUE(response.ok() && response->status == 200);
    if (!response.ok()) return seqs;
    const auto page = boost::json::parse(response->body);
    for (const auto& row : page.at("readings").as_array())
      seqs.push_back(static_cast<std::uint64_t>(row.at("seq").as_int64()));
    if (page.at("next").is_null()) return seqs;
    after = "&after=" + std::string(page.at("next").as_string());
  }
}

/// Sends reading after reading, each in a request of its own, until the server is gone; counts what was acknowledged.
void send_until_dead(const Street& street, std::uint16_t port, std::uint64_t first, std::atomic<std::uint64_t>& acked) {
  HttpClient client;
  for (std::uint64_t seq = first;; ++seq) {
    const std::string envelope = street.sealed(street.batch(street.charger, seq, seq));
    const auto response =
        client.send(over_http(street.post_readings("reading-" + std::to_string(seq), {envelope}), port));
    if (!response.ok() || response->status != 200) return;
    acked = seq;
  }
}

TEST_F(ProgramTest, LosesNothingItAcknowledgedWhenKilledAndStoresNothingTwice) {
  std::atomic<std::uint64_t> acked = 0;
  for (int round = 1; round <= 5; ++round) {
    Program program = start();
    const std::uint16_t port = program.port();
    const std::uint64_t goal = acked + static_cast<std::uint64_t>(7 * round);
    std::jthread sender([&, first = acked + 1] { send_until_dead(street, port, first, acked); });
    while (acked < goal) std::this_thread::yield();
    EXPECT_EQ(program.end(SIGKILL), -SIGKILL);
    sender.join();

    Program again = start();
    const std::vector<std::uint64_t> stored = all_numbers(again.port());
    EXPECT_EQ(std::set(stored.begin(), stored.end()).size(), stored.size());
    EXPECT_GE(stored.size(), acked);  // one more may be stored whose answer was lost; it is sent again
    EXPECT_LE(stored.size(), acked + 1);
  }
}

TEST_F(ProgramTest, AnswersARequestSentAgainAfterARestartAsBefore) {
  const Request request = street.post_readings("k1", {street.sealed(street.batch(street.charger, 1, 9))});
  std::string answer;
  {
    Program program = start();
    answer = HttpClient().send(over_http(request, program.port()))->body;
    program.end(SIGKILL);
  }
  Program program = start();
  EXPECT_EQ(HttpClient().send(over_http(request, program.port()))->body, answer);
  EXPECT_EQ(answer, R"({"accepted":9,"duplicate":0,"refused":[]})");
}

TEST_F(ProgramTest, ShowsAPostedStateToItsListeners) {
  Program program = start();
  const std::uint16_t port = program.port();
  Wire early(port);
  early.get("/v1/sites/elm-street/live");
  early.read_until("event: age\ndata: {\"silent_ms\":null}\n\n");
  HttpClient client;
  EXPECT_EQ(client.send(over_http(street.post_state(street.state(1000)), port))->status, 204);
  const std::string event = "event: state\ndata: " + encode(street.state(1000)) + "\n\n";
  EXPECT_EQ(early.read_until("\n\n"), event);
  Wire late(port);
  late.get("/v1/sites/elm-street/live");
  EXPECT_TRUE(late.read_until(event).ends_with(event));
  EXPECT_EQ(client.send(over_http(street.post_state(street.state(2000)), port))->status, 204);
  EXPECT_TRUE(late.read_until("\"at_ms\":2000").ends_with("\"at_ms\":2000"));
}

TEST_F(ProgramTest, EndsCleanlyWhenAskedTo) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program = start();
    program.port();
    EXPECT_EQ(program.end(signal), 0);
  }
}

TEST_F(ProgramTest, RefusesAnUnknownKeyWithOneClearLine) {
  Program program(write_config("prot"), folder / "events.jsonl");
  const std::string line = program.read_line();
  EXPECT_NE(line.find("api.yaml:2:28 listen.prot"), std::string::npos) << line;
  EXPECT_EQ(program.end(0), 2);
}

TEST_F(ProgramTest, RefusesAMissingConfigFile) {
  Program program(folder / "missing.yaml", folder / "events.jsonl");
  EXPECT_NE(program.read_line().find("missing.yaml"), std::string::npos);
  EXPECT_EQ(program.end(0), 2);
}

TEST(ExampleConfig, Loads) {
  const auto config = load_config("config/api.yaml");
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->port, 8080);
  EXPECT_EQ(config->roster.sites.at(*SiteId::parse("elm-street")).agents.size(), 2U);
  EXPECT_EQ(config->database, "config/balans.sqlite");
}

TEST_F(ProgramTest, RefusesTwoAgentsOfOneName) {
  const std::string key(64, 'a');
  std::ofstream(folder / "api.yaml") << "deployment: \"" << key << "\"\nlisten: { host: 127.0.0.1, port: 1 }\n"
                                     << "database: x\nsites: [ { id: s, key: \"" << key
                                     << "\", agents: [ { id: a, key: \"" << key << "\" }, { id: a, key: \"" << key
                                     << "\" } ] } ]\n";
  const auto config = load_config(folder / "api.yaml");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.error().message().find("listed twice"), std::string::npos) << config.error().message();
}

}  // namespace
}  // namespace balans::api::test
