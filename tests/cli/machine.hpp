#pragma once
// A machine of one test: folders below a root of its own, and the real `balans` in them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/program_run.hpp"
#include "common/io/runtime/files.hpp"
#include "tests/support/temp_folder.hpp"

namespace balans::cli::test {

using Words = std::vector<std::string>;

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A transformer of 250 kVA with a meter and a feeder of 50 A, of which 30 A are base load.
inline const Words kSite = {"--site",       "elm-street",   "--kva",    "250",
                            "--base-a",     "160",          "--meter",  "meters/eastron_sdm630",
                            "--meter-host", "192.168.10.5", "--feeder", "feeder-1,max_a=50,base_a=30"};

class Machine {
 public:
  Machine() : devices_(std::filesystem::absolute("config/devices")) {}

  ProgramAnswer balans(const Words& words) const {
    const auto answer = run_program(std::filesystem::path(BALANS_PROGRAMS) / "balans", words);
    EXPECT_TRUE(answer);
    return answer ? *answer : ProgramAnswer{};
  }
  ProgramAnswer init(const Words& words) const {
    return balans(Words{"init"} + words +
                  Words{"--yes", "--root", root_.path().string(), "--devices", devices_.string()});
  }
  ProgramAnswer check(const Words& more = {}) const {
    return balans(Words{"check", "--root", root_.path().string()} + more);
  }
  /// Whether the program of the part would start with it.
  bool accepts(const std::string& program, const std::string& file) const {
    const auto answer =
        run_program(std::filesystem::path(BALANS_PROGRAMS) / program, {"--check", "--config", config(file).string()});
    EXPECT_TRUE(answer && answer->code == 0) << (answer ? answer->err : answer.error().message());
    return answer && answer->code == 0;
  }

  [[nodiscard]] std::filesystem::path config(const std::string& name = "") const {
    return root_.path() / "etc/balans" / name;
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto content = read_small_file(config(name));
    return content ? *content : "";
  }
  void write(const std::string& name, const std::string& content) const { std::ofstream(config(name)) << content; }
  void change(const std::string& name, const std::string& what, const std::string& by) const {
    std::string content = text(name);
    const std::size_t at = content.find(what);
    ASSERT_NE(at, std::string::npos) << what << " is not in " << name << "\n" << content;
    write(name, content.replace(at, what.size(), by));
  }
  [[nodiscard]] bool has(const std::string& name) const { return std::filesystem::exists(config(name)); }
  [[nodiscard]] const std::filesystem::path& devices() const { return devices_; }
  [[nodiscard]] std::string root() const { return root_.path().string(); }

 private:
  balans::test::TempFolder root_;
  std::filesystem::path devices_;
};

}  // namespace balans::cli::test
