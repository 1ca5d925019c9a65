#pragma once
// Folders that stand for the machine that a backup is made of, and for the one that it is put on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cli/backup/backup.hpp"
#include "cli/backup/restore.hpp"
#include "common/io/runtime/files.hpp"
#include "common/io/sqlite/sqlite.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli {

inline constexpr const char* kSite =
    "site: elm-street\nstate_dir: /var/lib/balans/trafo\nkeys: { trafo: keys/trafo.key }\n";

/// A machine that is a folder.
class MachineInAFolder {
 public:
  MachineInAFolder() {
    places.root = folder.path();
    places.balans = "0.1.0";
    places.machine = "pi";
    places.now = [] { return UnixTime(1'790'000'000'000); };
  }
  void put(const std::string& name, const std::string& text, unsigned mode = 0640) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << text;
    EXPECT_EQ(::chmod((folder / name).c_str(), static_cast<mode_t>(mode)), 0);
  }
  [[nodiscard]] std::string get(const std::string& name) const {
    const auto text = read_small_file(folder / name);
    return text ? *text : text.error().message();
  }
  [[nodiscard]] bool has(const std::string& name) const { return std::filesystem::exists(folder / name); }
  sqlite::Database database(const std::string& name, int version) {
    std::filesystem::create_directories((folder / name).parent_path());
    auto database = sqlite::Database::open(folder / name);
    EXPECT_TRUE(database);
    EXPECT_TRUE(database->execute(
        "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7); PRAGMA user_version = " + std::to_string(version),
        "fill it"));
    return *std::move(database);
  }
  /// As a controller's machine is.
  void install() {
    put("etc/balans/site.yaml", kSite);
    put("etc/balans/keys/trafo.key", std::string(64, 'a') + "\n", 0600);
    put("etc/balans/ca/ca.key", "the authority's key", 0600);
    put("etc/balans/ca/ca.crt", "the authority");
    put("etc/balans/broker/acl", "packaged");
    put("var/lib/balans/trafo/epoch", "41 5 1\n", 0600);
  }
  void install_packages() {
    put("etc/balans/broker/acl", "packaged");
    std::filesystem::create_directories(folder / "var/lib/balans/trafo");
  }

  test::TempFolder folder;
  BackupPlaces places;
};

class Backup : public ::testing::Test {
 protected:
  std::filesystem::path backed_up() {
    const auto made = make_backup(old_.places, file_);
    EXPECT_TRUE(made) << made.error().message();
    EXPECT_TRUE(made && made->complete);
    return file_;
  }
  Result<Report> restored(Replace replace = Replace::Nothing) { return restore_backup(fresh_.places, file_, replace); }
  std::string refusal(Replace replace = Replace::Nothing) {
    const auto result = restored(replace);
    return result ? "was restored" : result.error().message();
  }

  MachineInAFolder old_, fresh_;
  test::TempFolder out_;
  std::filesystem::path file_ = out_ / "a backup:1.tar.gz";
};

}  // namespace balans::cli
