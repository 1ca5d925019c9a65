#pragma once
// Who may include whom: the one place that says it.

#include <array>
#include <string_view>
#include <vector>

namespace balans::house {

/// The files of `folder` (the rule with the longest folder that fits counts) may include what lies in `may` of the
/// repository, except what lies in `but_not`.
struct FolderRule {
  std::string_view folder;
  std::vector<std::string_view> may;
  std::vector<std::string_view> but_not;
  std::string_view law;
};

/// Headers that start with `header` may be included only in `only_in`, and in the tests of those places.
struct LibraryRule {
  std::string_view header;
  std::vector<std::string_view> only_in;
  std::string_view law;
};

inline const std::vector<FolderRule> kFolderRules = {
    {"common/", {"common/"}, {"common/io/"}, "common outside io is pure vocabulary: it includes common without io"},
    {"common/io/", {"common/"}, {}, "adapters include common only"},
    {"trafo/core/", {"common/", "trafo/core/"}, {"common/io/"}, "a core includes its own core and common without io"},
    {"trafo/filter/",
     {"common/", "trafo/core/", "trafo/filter/"},
     {"common/io/"},
     "the filter includes the core it asks and common without io"},
    {"chargepoint/core/",
     {"common/", "chargepoint/core/"},
     {"common/io/"},
     "a core includes its own core and common without io"},
    {"api/core/", {"common/", "api/core/"}, {"common/io/"}, "a core includes its own core and common without io"},
    {"api/ledger/",
     {"common/", "api/core/settlement/", "api/ledger/"},
     {"common/io/", "api/ledger/shell/"},
     "a ledger takes bytes and gives bytes: it includes no store, and common without io"},
    {"api/ledger/shell/",
     {"common/", "api/ledger/"},
     {},
     "what carries a ledger's bytes includes common and the ledger"},
    {"trafo/", {"common/", "trafo/"}, {}, "trafo, chargepoint and api never include each other: they meet in common"},
    {"chargepoint/",
     {"common/", "chargepoint/"},
     {},
     "trafo, chargepoint and api never include each other: they meet in common"},
    {"api/", {"common/", "api/"}, {}, "trafo, chargepoint and api never include each other: they meet in common"},
    {"sim/",
     {"common/", "sim/", "trafo/core/", "chargepoint/core/", "api/core/"},
     {},
     "sim includes common and the cores, never a shell"},
    {"cli/", {"common/", "cli/"}, {}, "cli includes no part"},
    {"cli/wallet/",
     {"common/", "cli/", "api/ledger/iota/"},
     {},
     "whoever signs reads the bytes themselves: of the api these commands include what reads them, and nothing else"},
    {"tests/", {""}, {}, "tests include what they test"},
};

inline const std::vector<LibraryRule> kLibraryRules = {
    {"boost/beast",
     {"api/http/server.cpp", "api/http/server/"},
     "Boost.Beast costs minutes to compile: api/http/server.cpp alone has it, with its parts"},
    {"boost/asio",
     {"api/http/server.cpp", "api/http/server/"},
     "Boost.Asio costs minutes to compile: api/http/server.cpp alone has it, with its parts"},
    {"libpq", {"common/io/postgres/"}, "libpq stays in common/io/postgres"},
    {"modbus", {"common/io/modbus/"}, "libmodbus stays in common/io/modbus"},
    {"mqtt/", {"common/io/mqtt/", "bench/field/bare_main.cpp"}, "Paho stays in common/io/mqtt"},
    {"MQTT", {"common/io/mqtt/"}, "Paho stays in common/io/mqtt"},
    {"sqlite3.h", {"common/io/sqlite/", "bench/ingest/bare.cpp"}, "SQLite stays in common/io/sqlite"},
    {"curl/", {"common/io/http_client/"}, "libcurl stays in common/io/http_client"},
    {"yaml-cpp/",
     {"common/io/", "api/contract.cpp", "api/contract_test.cpp"},
     "yaml-cpp stays in common/io, and in the tests that read the api's contract"},
    {"sodium", {"common/crypto/", "bench/field/bare_main.cpp"}, "libsodium stays in common/crypto"},
};

/// Where nothing may reach outside: time, randomness and data come in as arguments.
inline const std::vector<std::string_view> kPureFolders = {"common/",           "trafo/core/", "trafo/filter/",
                                                           "chargepoint/core/", "api/core/",   "api/ledger/"};
inline const std::vector<std::string_view> kImpureFoldersInside = {"common/io/", "api/ledger/shell/"};

/// Standard headers that reach outside.
inline constexpr std::array<std::string_view, 28> kImpureHeaders = {"arpa/inet.h", "condition_variable",
                                                                    "ctime",       "dirent.h",
                                                                    "fcntl.h",     "filesystem",
                                                                    "fstream",     "future",
                                                                    "iostream",    "mutex",
                                                                    "net/",        "netdb.h",
                                                                    "netinet/",    "poll.h",
                                                                    "pthread.h",   "random",
                                                                    "semaphore",   "shared_mutex",
                                                                    "signal.h",    "stop_token",
                                                                    "sys/",        "thread",
                                                                    "time.h",      "unistd.h",
                                                                    "csignal",     "barrier",
                                                                    "latch",       "syncstream"};

}  // namespace balans::house
