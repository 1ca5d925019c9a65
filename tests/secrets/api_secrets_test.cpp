// What balans-api is given to keep is in no answer, no log and no error, whatever is asked of it and however wrongly.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <fstream>

#include "common/io/http_client/http_client.hpp"
#include "common/messages/signed.hpp"
#include "tests/api/street.hpp"
#include "tests/secrets/keeping.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace balans::test {
namespace {

using api::test::Street;

/// A request that changes something; every text and number in its body is put in the wrong place once.
struct Write {
  HttpMethod method;
  std::string path;
  std::string body;
};

const std::string kId = "018f0000000000000000000000000001";

std::vector<Write> writes(const Street& street) {
  const std::string key = to_hex(street.boiler_key->public_key().bytes);
  return {
      {HttpMethod::Post, "/v1/session", R"({"token":"none"})"},
      {HttpMethod::Post, "/v1/transfers",
       R"({"site":"elm-street","transfers":[{"id":")" + kId +
           R"(","asset":"EUR","payer":"a","payee":"b","amount":"1","code":"energy","reference":"","kind":"post",)" +
           R"("reserve":")" + kId + R"("}]})"},
      {HttpMethod::Post, "/v1/accounts",
       R"({"id":")" + kId + R"(","asset":"EUR","kind":"cash","site":"elm-street","owner":"a","credit_limit":"0"})"},
      {HttpMethod::Post, "/v1/pairing/codes", R"({"site":"fir-street"})"},
      {HttpMethod::Post, "/v1/pairing",
       R"({"code":"aaaa-bbbb-cccc","site":"fir-street","key":")" + key + R"(","deployment":")" + key +
           R"(","agents":[{"id":"boiler-1","key":")" + key + R"("}]})"},
      {HttpMethod::Post, "/v1/sites/elm-street/stations", R"({"station":"charger-1","owner":"a"})"},
      {HttpMethod::Put, "/v1/sites/elm-street/tariffs/usual",
       R"({"kind":"import","asset":"EUR","from":"2019-01-01T00:00:00Z","until":"2040-01-01T00:00:00Z","per_kwh":1})"},
      {HttpMethod::Put, "/v1/sites/elm-street/agents", R"({"agents":[{"id":"a","key":")" + key + R"("}]})"},
      {HttpMethod::Post, "/v1/sites/elm-street/orders", R"({"node":"transformer","source":"operator","max_va":1})"},
      {HttpMethod::Post, "/v1/sites/elm-street/payment-runs?paid=yes", R"({"site":"elm-street","period":"x"})"},
      {HttpMethod::Post, "/v1/sites/elm-street/readings", R"({"batches":["x"]})"},
      {HttpMethod::Post, "/v1/sites/elm-street/evidence", "x"},
      {HttpMethod::Post, "/v1/sites/elm-street/state", encode(street.full_state())},
  };
}

/// The values of a document that are texts or numbers.
void gather(boost::json::value& value, std::vector<boost::json::value*>& found) {
  if (value.is_string() || value.is_int64()) found.push_back(&value);
  if (value.is_array())
    for (auto& element : value.get_array()) gather(element, found);
  if (value.is_object())
    for (auto& member : value.get_object()) gather(member.value(), found);
}

/// The body with the secret in each place in turn, as a member's name, and instead of all of it.
std::vector<std::string> with_in_wrong_places(const std::string& body, const std::string& secret) {
  std::vector<std::string> bodies{secret, "{\"" + secret + "\":1}", "{\"a\":\"" + secret};
  boost::system::error_code failed;
  boost::json::value document = boost::json::parse(body, failed);
  if (failed) return bodies;
  std::vector<boost::json::value*> places;
  gather(document, places);
  for (boost::json::value* place : places) {
    const boost::json::value before = *place;
    *place = secret;
    bodies.push_back(boost::json::serialize(document));
    *place = before;
  }
  return bodies;
}

/// The contract's paths that are read and end, with names for what is in braces.
std::vector<std::string> paths_to_read() {
  std::vector<std::string> paths;
  std::ifstream contract("api/openapi.yaml");
  for (std::string line; std::getline(contract, line) && line != "components:";) {
    if (!line.starts_with("  /") || line.find("live") != line.npos || line.find("stream") != line.npos) continue;
    std::string path = line.substr(2, line.rfind(':') - 2);
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"{site}", "elm-street"}, {"{agent}", "charger-1"}, {"{account}", kId}, {"{transfer}", kId}})
      if (const std::size_t at = path.find(name); at != path.npos) path.replace(at, name.size(), value);
    if (path.find('{') == path.npos) paths.push_back(path);
  }
  EXPECT_GT(paths.size(), 30U);
  return paths;
}

class ApiSecrets : public testing::Test {
 protected:
  ApiSecrets() {
    search.plant(keep_key(folder / "api.key", "the api's key"));
    search.plant(keep_certificate(folder.path()));
    search.plant(Planted::bytes("a site's key", key_of("a site's key")));
    write_config("balans.sqlite");
    token = command("token add test --scope administer");
    code = command("site pair --site fir-street");
    EXPECT_TRUE(token.starts_with("balans_")) << token;
    EXPECT_EQ(code.size(), 14U) << code;
    search.plant(Planted::text("a token", token.substr(token.rfind('_') + 1)));
    search.plant(Planted::text("a pairing code", code));
  }

  void write_config(const std::string& database, const std::string& more = "") const {
    std::ofstream file(folder / "api.yaml");
    file << "deployment: \"" << to_hex(street.roster.deployment.bytes) << "\"\nlisten: { host: 127.0.0.1, port: 0, "
         << "tls: { certificate: tls.crt, key: tls.key } }\ndatabase: \"" << database << "\"\n"
         << "key: api.key\nlog_all_requests: true\n"
         << more << "sites:\n  - { id: elm-street, key: \"" << to_hex(street.site_key->public_key().bytes)
         << "\", agents: [{ id: charger-1, key: \"" << to_hex(street.charger_key->public_key().bytes) << "\" }] }\n";
  }
  /// The first line that a command prints.
  [[nodiscard]] std::string command(const std::string& words) const {
    FILE* output =
        popen((program("balans-api") + " " + words + " --config " + (folder / "api.yaml").string()).c_str(), "r");
    std::string line;
    for (int c = fgetc(output); c != EOF && c != '\n'; c = fgetc(output)) line += static_cast<char>(c);
    while (fgetc(output) != EOF) {
    }
    pclose(output);
    return line;
  }
  Watched start() const {
    return Watched(folder.path(), {program("balans-api"), "--config", "api.yaml", "--events", "events.jsonl"});
  }

  HttpRequest request(HttpMethod method, const std::string& target, const std::string& body = "") {
    HttpRequest asked;
    asked.method = method;
    asked.url = "https://127.0.0.1:" + std::to_string(port) + target;
    asked.body = body;
    const std::string route = (method == HttpMethod::Put ? "PUT " : "POST ") + target;
    if (target.ends_with("/readings") || target.ends_with("/evidence") || target.ends_with("/state")) {
      const Signature signature = street.site_key->sign(signed_text("http", street.roster.deployment, route, body));
      asked.headers = {{"balans-key", to_hex(street.site_key->public_key().bytes)},
                       {"balans-signature", to_hex(signature.bytes)}};
    } else {
      asked.headers = {{"authorization", "Bearer " + token}};
    }
    if (method != HttpMethod::Get) asked.headers.push_back({"content-type", "application/json"});
    if (method != HttpMethod::Get) asked.headers.push_back({"idempotency-key", "key-" + std::to_string(++keys)});
    if (method == HttpMethod::Put) asked.headers.push_back({"if-match", "*"});
    return asked;
  }
  /// An answer that is no error to a request that changed something may repeat what it has stored.
  int ask(const HttpRequest& asked) {
    const auto answer = client.send(asked);
    EXPECT_TRUE(answer.ok()) << asked.url << ": " << answer.error().message();
    if (!answer.ok()) return 0;
    std::string text;
    for (const HttpHeader& header : answer->headers) text += header.name + ": " + header.value + "\n";
    if (asked.method == HttpMethod::Get || answer->status >= 300)
      search.look_in("the answer to " + asked.url + "\n" + asked.body, text + answer->body);
    (answer->status < 400 ? good : bad) += 1;
    return answer->status;
  }
  void read_everything() {
    for (const std::string& path : paths_to_read()) ask(request(HttpMethod::Get, path));
    EXPECT_EQ(ask(request(HttpMethod::Get, "/metrics")), 200);
    EXPECT_EQ(ask(request(HttpMethod::Get, "/v1/tokens")), 200);
    EXPECT_EQ(ask(request(HttpMethod::Get, "/v1/audit")), 200);
  }
  void look_in_what_is_left() const {
    search.look_in_file(folder / "said");
    search.look_in_file(folder / "events.jsonl");
    EXPECT_EQ(content_of(folder / "events.jsonl").find("problems-unlogged"), std::string::npos)
        << "not all that was refused is in the log";
  }
  /// One life of the program, with everything it may be asked; all that it leaves behind is looked at.
  template <class Asking>
  void asked_by(Asking asking) {
    Watched program = start();
    port = program.port();
    client = HttpClient(options());
    asking();
    EXPECT_EQ(program.end(SIGTERM).code, 0) << program.written();
    look_in_what_is_left();
  }
  [[nodiscard]] HttpOptions options() const {
    HttpOptions wanted;
    wanted.tls.ca = folder / "tls.crt";
    return wanted;
  }
  /// What people and programs have in their hands, and may put anywhere.
  [[nodiscard]] std::vector<std::string> in_hand() const {
    const std::string pem = content_of(folder / "tls.key");
    return {token, code, hex_of(key_of("a site's key")), content_of(folder / "api.key").substr(0, 64),
            pem.substr(pem.find('\n') + 1, 64)};
  }

  const Street street;
  const TempFolder folder;
  Search search;
  std::string token, code;
  std::uint16_t port = 0;
  HttpClient client;
  std::uint64_t keys = 0;
  int good = 0, bad = 0;
};

TEST_F(ApiSecrets, AreInNoAnswerToWhatIsAskedRightly) {
  asked_by([&] {
    read_everything();
    EXPECT_EQ(ask(request(HttpMethod::Post, "/v1/session", R"({"token":"balans_00000000_0"})")), 401);
    for (const Write& write : writes(street)) ask(request(write.method, write.path, write.body));
    read_everything();
  });
  EXPECT_GT(good, 40);
}

TEST_F(ApiSecrets, ComeBackFromNoParameter) {
  for (const std::string& secret : in_hand())
    for (const int half : {0, 1})
      asked_by([&] {
        const auto paths = paths_to_read();
        for (std::size_t i = static_cast<std::size_t>(half); i < paths.size(); i += 2) {
          ask(request(HttpMethod::Get, paths[i] + "/" + secret));
          for (const char* name : {"limit", "after", "site", "agent", "from", "to", "before", "at", "asset", "level",
                                   "format", "ended", "token"})
            ask(request(HttpMethod::Get, paths[i] + "?" + name + "=" + secret));
        }
      });
  EXPECT_GT(bad, 500);
}

TEST_F(ApiSecrets, ComeBackFromNoHeader) {
  asked_by([&] {
    for (const std::string& secret : in_hand())
      for (const char* path : {"/v1/sites", "/v1/transfers", "/v1/sites/elm-street/readings"})
        for (const HttpHeader& header :
             {HttpHeader{"authorization", "Bearer " + secret + "0"}, HttpHeader{"authorization", "Basic " + secret},
              HttpHeader{"authorization", secret}, HttpHeader{"cookie", "balans_token=" + secret + "0"},
              HttpHeader{"balans-key", secret}, HttpHeader{"balans-signature", secret},
              HttpHeader{"idempotency-key", secret + " "}, HttpHeader{"content-type", secret},
              HttpHeader{"accept", secret}, HttpHeader{"if-none-match", secret}, HttpHeader{"origin", secret}})
          for (const HttpMethod method : {HttpMethod::Get, HttpMethod::Post}) {
            HttpRequest wrong = request(method, path, method == HttpMethod::Post ? "{}" : "");
            std::erase_if(wrong.headers, [&](const HttpHeader& each) { return each.name == header.name; });
            wrong.headers.push_back(header);
            ask(wrong);
          }
  });
  EXPECT_GT(bad, 200);
}

TEST_F(ApiSecrets, ComeBackFromNoBody) {
  for (const std::string& secret : in_hand())
    asked_by([&] {
      for (const Write& write : writes(street))
        for (const std::string& body : with_in_wrong_places(write.body, secret))
          ask(request(write.method, write.path, body));
    });
  EXPECT_GT(bad, 300);
}

const std::string kWallet = "018f00000000000000000000000000e1";
const std::string kWalletPassword = "Rm5pQz8kVd2w";

/// What wallets' requests look like; nothing is there of that id but the wallet itself.
std::vector<Write> wallet_writes() {
  const std::string wallet = "/v1/wallets/" + kWallet;
  return {
      {HttpMethod::Post, "/v1/wallets",
       R"({"id":")" + kId + R"(","account":")" + kId + R"(","kept":"api","password":"x","words":"x","payout":"x"})"},
      {HttpMethod::Post, "/v1/wallets",
       R"({"id":")" + kId + R"(","account":")" + kId +
           R"(","kept":"owner","address":"x","public_key":"x","proof":"x"})"},
      {HttpMethod::Post, wallet + "/session", R"({"password":"x"})"},
      {HttpMethod::Post, wallet + "/restore", R"({"words":"x","password":"x"})"},
      {HttpMethod::Post, wallet + "/transactions", R"({"id":")" + kId + R"(","to":"x","amount":"1","most_fee":"1"})"},
      {HttpMethod::Put, wallet + "/transactions/" + std::string(32, '1') + "/signature", R"({"signature":"x"})"}};
}

/// A password, the words that are shown once, and what opens a session: the only answers that have them are those that
/// were asked for them.
TEST_F(ApiSecrets, OfWalletsAreNowhereButInTheAnswerThatShowsThemOnce) {
  write_config("balans.sqlite",
               "settlement: { iota: { endpoints: [\"http://127.0.0.1:1\"], chain: \"00000000\", genesis: \"" +
                   std::string(32, '1') + "\" } }\n");
  search.plant(Planted::text("a wallet's password", kWalletPassword));
  const auto secret_of = [this](const std::string& target, const std::string& body, const char* member) {
    const auto answer = client.send(request(HttpMethod::Post, target, body));
    EXPECT_TRUE(answer.ok() && answer->status == 201) << (answer ? answer->body : answer.error().message());
    const auto value = boost::json::parse(answer->body);
    return std::string(value.at(member).as_string());
  };
  asked_by([&] {
    const std::string password = R"("password":")" + kWalletPassword + "\"}";
    secret_of("/v1/accounts", R"({"id":")" + kId + R"(","asset":"IOTA","kind":"cash","site":"elm-street","owner":"a"})",
              "id");
    const std::string words = secret_of(
        "/v1/wallets", R"({"id":")" + kWallet + R"(","account":")" + kId + R"(","kept":"api",)" + password, "words");
    search.plant(Planted::text("backup words", words));
    const std::string session = secret_of("/v1/wallets/" + kWallet + "/session", "{" + password, "session");
    search.plant(Planted::text("a wallet's session", session));
    for (const std::string& secret : {kWalletPassword, words, session}) {
      for (const Write& write : wallet_writes())
        for (const std::string& body : with_in_wrong_places(write.body, secret))
          ask(request(write.method, write.path, body));
      HttpRequest wrong = request(HttpMethod::Post, "/v1/wallets/" + kWallet + "/transactions", "{}");
      wrong.headers.push_back({"balans-wallet-session", secret});
      ask(wrong);
    }
    for (const char* path : {"", "/history", "/transactions"})
      ask(request(HttpMethod::Get, "/v1/wallets/" + kWallet + path));
    read_everything();
  });
  EXPECT_GT(bad, 50);
  for (const char* file : {"balans.sqlite", "balans.sqlite-wal"})
    if (std::filesystem::exists(folder / file)) search.look_in_file(folder / file);
}

TEST_F(ApiSecrets, AreInNoErrorOfAWrongFile) {
  const auto refuses = [&](const std::string& what) {
    Watched program = start();
    EXPECT_EQ(program.end().code, 2) << what;
    look_in_what_is_left();
  };
  const std::string key = content_of(folder / "api.key").substr(0, 64);
  write_config("balans.sqlite", "retention: { raw_days: " + key + " }\n");
  refuses("a key for a number");
  write_config("balans.sqlite", key + ": 1\n");
  refuses("a key for a key");
  write_config("balans.sqlite");
  std::ofstream(folder / "api.key") << key << "0\n";
  refuses("a key that is too long");
  std::filesystem::remove(folder / "api.key");
  std::ofstream(folder / "api.key") << key << "\n";
  std::filesystem::permissions(folder / "api.key", std::filesystem::perms(0644));
  refuses("a key that others can read");
  std::string text = content_of(folder / "api.yaml");
  text.replace(text.find("key: api.key"), 12, "key: \"" + key + "\"");
  std::ofstream(folder / "api.yaml") << text;
  refuses("a key for its file's name");
  EXPECT_FALSE(std::filesystem::exists(folder / key));
  std::string pem = content_of(folder / "tls.key");
  std::ofstream(folder / "tls.key") << pem.erase(0, 4);
  refuses("a certificate's key that is none");
}

const std::string kFirst = "Kq7vXw2mRt9zPb4n", kSecond = "Lc6yHd8sFg3jTu5e";

TEST_F(ApiSecrets, OfTheDatabaseAreInNoError) {
  search.plant(Planted::text("the first part of a password", kFirst));
  search.plant(Planted::text("the second part of a password", kSecond));
  std::vector<std::string> addresses{
      "postgresql://127.0.0.1:1/balans?user=x&password=" + kFirst + "&sslpassword=" + kSecond,
      "postgresql://x:" + kFirst + "@nowhere.invalid/balans",
      "postgresql://x:" + kFirst + "@127.0.0.1:1/balans?passwort=" + kSecond};
  for (const std::string special : {"@", "/", "?", "%zz", ":", "#", " ", "[", "&", "="})
    addresses.push_back("postgresql://x:" + kFirst + special + kSecond + "@127.0.0.1:1/balans");
  for (const std::string& address : addresses) {
    write_config(address);
    for (const char* words : {"", "migrate", "token list", "ledger audit", "backup copy"}) {
      std::string line = program("balans-api") + " --config " + (folder / "api.yaml").string() + " " + words;
      Watched program(folder.path(), {"/bin/sh", "-c", "exec " + line});
      EXPECT_NE(program.end().code, 0) << line;
    }
    search.look_in(address, content_of(folder / "said"));
  }
  EXPECT_NE(content_of(folder / "said").find("postgresql"), std::string::npos);
}

TEST_F(ApiSecrets, OfTheDatabaseAreInNoLogWhenItIsLost) {
  search.plant(Planted::text("a password", kFirst));
  auto& cluster = postgres_cluster();
  write_config(cluster.fresh_database() + "&password=" + kFirst);
  token = command("token add test --scope administer");
  asked_by([&] {
    read_everything();
    cluster.crash_and_start();
    for (int i = 0; i < 5; ++i) ask(request(HttpMethod::Get, "/readyz"));
    for (const Write& write : writes(street)) ask(request(write.method, write.path, write.body));
  });
  EXPECT_GT(bad, 0);
}

}  // namespace
}  // namespace balans::test
