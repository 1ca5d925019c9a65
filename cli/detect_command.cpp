#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/agent_part.hpp"
#include "cli/commands.hpp"
#include "cli/place.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::cli {
namespace {

constexpr const char* kName = "balans detect";

struct Arguments {
  std::vector<std::string> hosts, lines, formats;
  std::vector<int> bauds;
  std::string units;
  int timeout_ms = 200;
  bool json = false, quiet = false, all_settings = false;
  std::optional<std::filesystem::path> folder;
};

Result<std::vector<SerialFormat>> formats_of(const Arguments& arguments, const Catalogue& catalogue) {
  std::vector<SerialFormat> formats;
  for (const SerialFormat& usual : usual_formats(catalogue)) {
    const std::string text = character_text(usual);
    const auto& bauds = arguments.bauds;
    const auto& wanted = arguments.formats;
    const bool baud = bauds.empty() || std::find(bauds.begin(), bauds.end(), usual.baud) != bauds.end();
    if (baud && (wanted.empty() || std::find(wanted.begin(), wanted.end(), text) != wanted.end()))
      formats.push_back(usual);
  }
  for (const std::string& text : arguments.formats) {
    Result<SerialFormat> format = parse_serial_format(text);
    if (!format) return format.error().within("--format");
    for (const int baud : arguments.bauds.empty() ? std::vector<int>{9600, 19200} : arguments.bauds) {
      format->baud = baud;
      if (std::find(formats.begin(), formats.end(), *format) == formats.end()) formats.push_back(*format);
    }
  }
  for (const int baud : arguments.bauds)
    if (std::none_of(formats.begin(), formats.end(), [baud](const auto& format) { return format.baud == baud; }))
      formats.push_back(SerialFormat{baud, 8, 'N', 1});
  return formats;
}

Result<ScanOptions> options_of(const Arguments& arguments, const Catalogue& catalogue) {
  ScanOptions options;
  for (const std::string& text : arguments.hosts) {
    const auto host = parse_host(text, 502);
    if (!host) return host.error();
    options.hosts.push_back(*host);
  }
  options.lines = arguments.lines;
  if (options.hosts.empty() && options.lines.empty())
    return Error{"", "say where to look: HOST, HOST:PORT, or --serial DEV"};
  if (!arguments.units.empty()) {
    auto units = parse_units(arguments.units);
    if (!units) return units.error().within("--units");
    options.units = *std::move(units);
  }
  auto formats = formats_of(arguments, catalogue);
  if (!formats) return formats.error();
  options.formats = *std::move(formats);
  options.timeout = std::chrono::milliseconds(arguments.timeout_ms);
  if (arguments.all_settings) options.settings = ScanOptions::Formats::All;
  return options;
}

int run(const Arguments& arguments) {
  const auto folder = devices_folder(arguments.folder);
  if (!folder) return refuse_to_start(kName, folder.error());
  const Result<Catalogue> catalogue = load_catalogue(*folder);
  if (!catalogue) return refuse_to_start(kName, catalogue.error());
  const Result<ScanOptions> options = options_of(arguments, *catalogue);
  if (!options) return refuse_to_start(kName, options.error());
  for (const Error& error : catalogue->refused) fmt::print(stderr, "not used: {}\n", error.message());
  const ScanResult result = scan(*options, *catalogue, [&](const std::string& what) {
    if (!arguments.quiet) fmt::print(stderr, "{}\n", what);
  });
  for (const Error& error : result.unreachable) fmt::print(stderr, "{}\n", error.message());
  fmt::print("{}", arguments.json ? found_json(result) : found_text(result));
  const bool claimed = std::any_of(result.found.begin(), result.found.end(),
                                   [](const FoundUnit& found) { return found.recognition.claimed() != nullptr; });
  return claimed ? kExitOk : kExitFailure;
}

}  // namespace

std::function<int()> add_detect_command(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* detect =
      app.add_subcommand("detect", "looks for devices and prints a ready part of agent.yaml; only reads");
  detect->add_option("HOST", arguments->hosts, "HOST or HOST:PORT, several (port 502)");
  detect->add_option("--serial", arguments->lines, "a serial line, such as /dev/ttyUSB0")
      ->type_name("DEV")
      ->expected(1);
  detect->add_option("--baud", arguments->bauds, "baud rates (default: the usual ones)")
      ->check(CLI::Range(300, 1000000))
      ->delimiter(',');
  detect->add_option("--format", arguments->formats, "such as 8N1,8E1 (default: the usual ones)")->delimiter(',');
  detect->add_option("--units", arguments->units, "unit ids, such as 1-10,247 (default: those that device files name)");
  detect->add_option("--timeout-ms", arguments->timeout_ms, "for each answer")->check(CLI::Range(20, 5000));
  detect->add_flag("--all-settings", arguments->all_settings, "go on with other settings after a line has answered");
  detect->add_flag("--json", arguments->json, "for programs");
  detect->add_flag("--quiet", arguments->quiet, "do not say what is tried");
  detect->add_option("--devices", arguments->folder, "the folder of device files")->type_name("DIR");
  detect->footer("Exit codes: 0 something was recognised, 1 nothing was, 2 the command line is wrong.");
  return [arguments] { return run(*arguments); };
}

}  // namespace balans::cli
