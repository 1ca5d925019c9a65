// `balans dump`: what must never be in it, and what has to be.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/dump/dump.hpp"
#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kDeployment(64, '7');
const std::string kSeed = "c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77";
const std::string kPem =
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ5\n-----END PRIVATE KEY-----\n";

/// What must be in no dump at all.
const std::vector<std::string> kSecrets{kSeed,
                                        "C0FFEE00C0FFEE11",
                                        "MIGHAgEAMBMGByqG",
                                        "hunter2",
                                        "Zm9vYmFyMTIzQUJDZGVmNDU2R0hJamtsNzg5TU5Pb3BxcjAxMlNUVQ",
                                        kDeployment};
/// What must be in no redacted dump.
const std::vector<std::string> kPrivate{"elm-street",        "house-miller", "charger-miller", "192.168.10.21",
                                        "Frau Miller",       "trafo-pi",     "example.org",    "fe80::1:2",
                                        "b8:27:eb:01:02:03", "miller@home.", "AB0L2K3M"};

class Dump : public ::testing::Test {
 protected:
  Dump() {
    machine_ = this_machine(folder_.path(), "0.1.0");
    machine_.is_root = [] { return true; };
    machine_.run = [this](const std::vector<std::string>& command) {
      return command.front() == "journalctl" ? CommandOutcome{0, journal_} : CommandOutcome{};
    };
    put("/etc/hostname", "trafo-pi\n");
    put("/etc/balans/site.yaml",
        "# Behind the bakery of Frau Miller\nsite: elm-street\ndeployment: \"" + kDeployment +
            "\"\nkeys: { trafo: keys/trafo.key, site: keys/site.key }\n"
            "broker: { host: 127.0.0.1, port: 8883, username: trafo, password: hunter2 }\n"
            "state_dir: /var/lib/balans/trafo\nstatus_file: /run/balans/trafo.json\n"
            "meter: { device: meters/eastron_sdm630, serial: { port: /dev/balans/AB0L2K3M, baud: 9600 } }\n"
            "nodes:\n  - name: house-miller   # Frau Miller\n    max_a: 35\n"
            "agents:\n  - { id: charger-miller, key: \"" +
            kSeed + "\", node: house-miller }\napi: { url: \"https://user:hunter2@balans.example.org/v1\" }\n");
    put("/etc/balans/agents/charger-miller.yaml",
        "agent: charger-miller\nsite: elm-street\nstate_dir: /var/lib/x\n"
        "device: { file: chargers/alfen_eve, tcp: { host: 192.168.10.21 } }\n");
    put("/etc/balans/api.yaml",
        "database: \"postgresql://balans:hunter2@db.example.org/balans?password=hunter2&sslpassword=hunter2\"\n");
    put("/etc/balans/keys/trafo.key", kSeed + "\n");
    put("/etc/balans/tls/charger-miller.key", kPem);
    put("/etc/balans/ca/ca.key", kPem);
    put("/run/balans/trafo.json",
        "{\"site\":\"elm-street\",\"agents\":[{\"id\":\"charger-miller\",\"limit_ma\":16000}]}");
    journal_ = "{\"event\":\"connect\",\"host\":\"192.168.10.21:502\"}\n{\"event\":\"odd\",\"why\":\"" + kSeed +
               "\"}\nC0FFEE00C0FFEE11C0FFEE22C0FFEE33C0FFEE44C0FFEE55C0FFEE66C0FFEE77\n" + kPem +
               "token = hunter2\nZm9vYmFyMTIzQUJDZGVmNDU2R0hJamtsNzg5TU5Pb3BxcjAxMlNUVQ==\n"
               "New client from fe80::1:2 and b8:27:eb:01:02:03, CHARGER-MILLER, of miller@home.example\n"
               "balans-chargepoint@charger-miller.service: started at 12:30:45\n";
  }
  void put(const std::string& name, const std::string& text) {
    const fs::path file = folder_.path() / name.substr(1);
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

  test::TempFolder folder_;
  Machine machine_;
  std::string journal_;
};

TEST_F(Dump, HasNoSecretInAnyForm) {
  for (const Names names : {Names::Shown, Names::Hidden}) {
    const std::string dump = dump_text(machine_, names);
    for (const std::string& secret : kSecrets) EXPECT_EQ(dump.find(secret), std::string::npos) << secret << dump;
  }
}

TEST_F(Dump, RedactedHasNoNameAndNoAddress) {
  const std::string dump = dump_text(machine_, Names::Hidden);
  for (const std::string& word : kPrivate) EXPECT_EQ(dump.find(word), std::string::npos) << word << dump;
  EXPECT_EQ(dump.find("CHARGER-MILLER"), std::string::npos);
  EXPECT_EQ(dump.find("miller"), std::string::npos) << dump;
}

TEST_F(Dump, SaysWhatHelps) {
  for (const Names names : {Names::Shown, Names::Hidden}) {
    const std::string dump = dump_text(machine_, names);
    for (const char* help :
         {"balans 0.1.0", "max_a: 35", "meters/eastron_sdm630", "chargers/alfen_eve", "16000", "8883", "keys/trafo.key",
          "keys/site.key", "== doctor ==", "12:30:45", "127.0.0.1", "baud: 9600"})
      EXPECT_THAT(dump, HasSubstr(help));
  }
  EXPECT_THAT(dump_text(machine_, Names::Shown), HasSubstr("# Frau Miller"));
}

TEST_F(Dump, TheSameWordIsTheSameTokenInEveryDumpOfASiteAndInNoOtherSite) {
  const auto token_of_agent = [this] {
    const std::string dump = dump_text(machine_, Names::Hidden);
    const std::size_t at = dump.find("\"limit_ma\"");
    return dump.substr(at - 15, 15);
  };
  const std::string first = token_of_agent();
  EXPECT_THAT(first, HasSubstr("agent-"));
  EXPECT_EQ(token_of_agent(), first);
  EXPECT_THAT(dump_text(machine_, Names::Hidden),
              HasSubstr("balans-chargepoint@" + first.substr(first.find("agent-"), 12)));
  std::string site = *read_small_file(folder_ / "etc/balans/site.yaml");
  put("/etc/balans/site.yaml", site.replace(site.find(kDeployment), kDeployment.size(), std::string(64, '8')));
  EXPECT_NE(token_of_agent(), first);
}

TEST_F(Dump, OfABareMachineIsADumpToo) {
  fs::remove_all(folder_ / "etc/balans");
  fs::remove_all(folder_ / "run/balans");
  EXPECT_THAT(dump_text(machine_, Names::Hidden), HasSubstr("== versions =="));
}

}  // namespace
}  // namespace balans::cli
