// The program itself: its config, its end, and that what it acknowledged survives any end.
#include <atomic>
#include <boost/json/parse.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "api/config.hpp"
#include "common/io/http_client/http_client.hpp"
#include "tests/api/program.hpp"
#include "tests/api/street.hpp"
#include "tests/api/wire.hpp"

namespace balans::api::test {
namespace {

class ProgramTest : public testing::Test {
 protected:
  Street street;
  Folder folder;

  std::filesystem::path write_config(const std::string& port_key = "port") {
    const EnrolledSite& site = street.roster.sites.at(street.site);
    std::ofstream file(folder / "api.yaml");
    file << "deployment: \"" << to_hex(street.roster.deployment.bytes) << "\"\n"
         << "listen: { host: 127.0.0.1, " << port_key
         << ": 0 }\ndatabase: balans.sqlite\nretention: { raw_days: 36500, minute_days: 36500 }\nsites:\n"
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
  std::string token(const std::string& scope = "read") {
    const std::string text = first_line_of("token add test --scope " + scope, folder / "api.yaml");
    EXPECT_TRUE(text.starts_with("balans_")) << text;
    return text;
  }
};

std::vector<std::uint64_t> all_numbers(std::uint16_t port, const std::string& token) {
  HttpClient client;
  std::vector<std::uint64_t> seqs;
  std::string after;
  while (true) {
    const auto response = client.send(over_http(with_token(get("/v1/readings?limit=1000" + after), token), port));
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

    const std::string key = token();
    Program again = start();
    const std::vector<std::uint64_t> stored = all_numbers(again.port(), key);
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
  EXPECT_EQ(answer,
            R"({"accepted":9,"corrected":0,"duplicate":0,"refused":[],"refused_rows":[],"refused_row_count":0})");
}

void listen(const Wire& wire, const std::string& token) {
  wire.send("GET /v1/sites/elm-street/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n");
}

/// Asked again until a command's change has reached the running service.
int status_soon(const Request& request, std::uint16_t port, int wanted) {
  HttpClient client;
  int status = 0;
  for (int tries = 0; tries < 50'000 && status != wanted; ++tries) {
    const auto response = client.send(over_http(request, port));
    status = response ? response->status : 0;
  }
  return status;
}

TEST_F(ProgramTest, ShowsAPostedStateToItsListeners) {
  write_config();
  const std::string key = token();
  Program program = start();
  const std::uint16_t port = program.port();
  Wire early(port);
  listen(early, key);
  early.read_until("event: age\ndata: {\"silent_ms\":null}\n\n");
  HttpClient client;
  EXPECT_EQ(client.send(over_http(street.post_state(street.state(1000)), port))->status, 204);
  const std::string event = "event: state\ndata: " + encode(street.state(1000)) + "\n\n";
  EXPECT_TRUE(early.read_until("\n\n").ends_with(event));
  Wire late(port);
  listen(late, key);
  EXPECT_TRUE(late.read_until(event).ends_with(event));
  EXPECT_EQ(client.send(over_http(street.post_state(street.state(2000)), port))->status, 204);
  EXPECT_TRUE(late.read_until("\"at_ms\":2000").ends_with("\"at_ms\":2000"));
}

TEST_F(ProgramTest, ObeysTokensThatAreMadeAndRevokedWhileItRuns) {
  Program program = start();
  const std::uint16_t port = program.port();
  const std::string key = token();
  EXPECT_EQ(status_soon(with_token(get("/v1/sites"), key), port, 200), 200);
  first_line_of("token revoke " + key.substr(7, 8), folder / "api.yaml");
  EXPECT_EQ(status_soon(with_token(get("/v1/sites"), key), port, 401), 401);
}

/// A certificate of its own for 127.0.0.1, with that number.
void make_certificate(const Folder& folder, int number) {
  const std::string certificate = (folder / "certificate.pem").string();
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
      "-subj /CN=balans -addext subjectAltName=IP:127.0.0.1 -set_serial " +
      std::to_string(number) + " -keyout " + (folder / "private.pem").string() + " -out " + certificate +
      " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
}

TEST_F(ProgramTest, SpeaksTlsAndTakesANewCertificateWithoutARestart) {
  make_certificate(folder, 1);
  std::filesystem::copy_file(folder / "certificate.pem", folder / "first.pem");
  write_config("tls: { certificate: certificate.pem, key: private.pem }, port");
  Program program(folder / "api.yaml", folder / "events.jsonl");
  const std::uint16_t port = program.port();
  HttpRequest request;
  request.url = "https://127.0.0.1:" + std::to_string(port) + "/healthz";
  const auto status_under = [&](const char* authority) {
    HttpOptions options;
    options.tls.ca = folder / authority;
    const auto response = HttpClient(options).send(request);
    return response ? response->status : 0;
  };
  EXPECT_EQ(status_under("first.pem"), 200);
  make_certificate(folder, 2);
  EXPECT_EQ(status_under("certificate.pem"), 0) << "the new one is not in force yet";
  program.signal(SIGHUP);
  int status = 0;
  for (int tries = 0; tries < 10'000 && status != 200; ++tries) status = status_under("certificate.pem");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(status_under("first.pem"), 0);
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
  EXPECT_EQ(config->database, DatabaseAddress("config/balans.sqlite"));
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
