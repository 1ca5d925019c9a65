#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/listing.hpp"
#include "common/io/device_file/proof.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans device";

struct Arguments {
  std::optional<std::filesystem::path> folder;
  bool json = false, markdown = false;
  std::string name;
  std::vector<std::filesystem::path> files;
};

int list(const Arguments& arguments) {
  const auto folder = devices_folder(arguments.folder);
  if (!folder) return refuse_to_start(kName, folder.error());
  const Result<Catalogue> catalogue = load_catalogue(*folder);
  if (!catalogue) return refuse_to_start(kName, catalogue.error());
  fmt::print("{}", arguments.json       ? list_json(*catalogue)
                   : arguments.markdown ? list_markdown(*catalogue)
                                        : list_text(*catalogue));
  for (const Error& error : catalogue->refused) fmt::print(stderr, "{}\n", error.message());
  return catalogue->refused.empty() ? kExitOk : kExitFailure;
}

int show(const Arguments& arguments) {
  const auto folder = devices_folder(arguments.folder);
  if (!folder) return refuse_to_start(kName, folder.error());
  const Result<DeviceFile> file = find_device(*folder, arguments.name);
  if (!file) return refuse_to_start(kName, file.error());
  fmt::print("{}", show_text(*file));
  return kExitOk;
}

int check(const Arguments& arguments) {
  bool fine = true;
  for (const std::filesystem::path& path : arguments.files) {
    const std::vector<Error> errors = check_file(path);
    for (const Error& error : errors) fmt::print("{}\n", error.message());
    if (errors.empty()) fmt::print("{}: fine\n", path.string());
    fine = fine && errors.empty();
  }
  return fine ? kExitOk : kExitFailure;
}

}  // namespace

std::function<int()> add_device_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* device = app.add_subcommand("device", "the device files: what is known, and whether a file is right");
  device->require_subcommand(1);
  device->add_option("--devices", arguments->folder, "the folder of device files (default: config/devices)")
      ->type_name("DIR");
  CLI::App* list_app = device->add_subcommand("list", "every device by class");
  CLI::Option* json = list_app->add_flag("--json", arguments->json, "for programs");
  list_app->add_flag("--markdown", arguments->markdown, "docs/devices.md")->excludes(json);
  CLI::App* show_app = device->add_subcommand("show", "all that a device file says, in plain words");
  show_app->add_option("NAME", arguments->name, "chargers/alfen_eve, alfen_eve, or a path")->required();
  CLI::App* check_app = device->add_subcommand("check", "loads each file and runs its vectors");
  check_app->add_option("FILE", arguments->files)->required();
  for (CLI::App* sub : {list_app, show_app, check_app}) sub->fallthrough();
  return [arguments, device] {
    if (device->got_subcommand("list")) return list(*arguments);
    if (device->got_subcommand("show")) return show(*arguments);
    return check(*arguments);
  };
}

}  // namespace balans::cli
