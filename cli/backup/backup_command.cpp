#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/backup/backup.hpp"
#include "cli/backup/restore.hpp"
#include "cli/commands.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

int say(const char* name, const Result<Report>& report) {
  if (!report) {
    fmt::print(stderr, "{}: {}\n", name, report.error().message());
    return kExitFailure;
  }
  for (const std::string& line : report->lines) fmt::print(report->complete ? stdout : stderr, "{}\n", line);
  return report->complete ? kExitOk : kExitFailure;
}

}  // namespace

std::function<int()> add_backup_command(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  CLI::App* backup =
      app.add_subcommand("backup", "configuration, keys, authority and state as one file, while all runs");
  backup->add_option("FILE", *file, "the file that is made: a tar with gzip, mode 0600")->required();
  return [file, version = app.version()] {
    harden_process();
    return say("balans backup", make_backup(installed_trees(version), *file));
  };
}

std::function<int()> add_restore_command(CLI::App& app) {
  const auto file = std::make_shared<std::string>();
  const auto force = std::make_shared<bool>(false);
  CLI::App* restore = app.add_subcommand("restore", "puts a backup in place; what was there stays beside it");
  restore->add_option("FILE", *file, "what balans backup has made")->required();
  restore->add_flag("--force", *force, "though this machine has a configuration");
  return [file, force, version = app.version()] {
    harden_process();
    const auto replace = *force ? Replace::WhatIsHere : Replace::Nothing;
    return say("balans restore", restore_backup(installed_trees(version), *file, replace));
  };
}

}  // namespace balans::cli
