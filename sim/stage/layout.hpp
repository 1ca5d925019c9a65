#pragma once
// The folder of one run: what lies where.

#include <filesystem>
#include <string>

#include "common/result.hpp"

namespace balans::sim {

struct RunFolder {
  std::filesystem::path root;

  [[nodiscard]] std::filesystem::path broker() const { return root / "broker"; }
  [[nodiscard]] std::filesystem::path site() const { return root / "site"; }
  [[nodiscard]] std::filesystem::path api() const { return root / "api"; }
  [[nodiscard]] std::filesystem::path chain() const { return root / "chain"; }
  [[nodiscard]] std::filesystem::path street() const { return root / "street"; }
  [[nodiscard]] std::filesystem::path agent(const std::string& id) const { return root / "agents" / id; }
  [[nodiscard]] std::filesystem::path events() const { return root / "events"; }
  [[nodiscard]] std::filesystem::path logs() const { return root / "logs"; }
  [[nodiscard]] std::filesystem::path events_of(const std::string& process) const {
    return events() / (process + ".jsonl");
  }
  [[nodiscard]] std::filesystem::path out_of(const std::string& process) const { return logs() / (process + ".out"); }
  [[nodiscard]] std::filesystem::path err_of(const std::string& process) const { return logs() / (process + ".err"); }
};

}  // namespace balans::sim
