// balans-api migrate|export|backup|restore: what one does with the database itself.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "api/app/export_readings.hpp"
#include "api/command/commands.hpp"
#include "api/core/rfc3339.hpp"
#include "api/store/backup.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::api {
namespace {

int fail(const Error& error) {
  std::cerr << kProgram << ": " << error.message() << "\n";
  return kExitFailure;
}

int ended(const Result<void>& done) { return done ? kExitOk : fail(done.error()); }

int check_schema(const Config& config) {
  const auto state = schema_state(config.database);
  if (!state) return fail(state.error());
  std::cout << "schema version " << state->found << " of " << state->known << "\n";
  if (state->found == state->known) return kExitOk;
  return fail({"schema", state->found < state->known ? "is to be brought up to date: the next start does it"
                                                     : "is newer than this program"});
}

Command add_migrate(CLI::App& app) {
  CLI::App& parsed = *app.add_subcommand("migrate", "bring the database's schema up to date, as every start does");
  const auto only_look = std::make_shared<bool>(false);
  // `--check` before the command is the program's own: whether the config file is fine.
  parsed.add_flag("--check", *only_look, "only say whether it is; exit code 1 where it is not");
  return {&parsed, [only_look](const Config& config) {
            return *only_look ? check_schema(config) : ended(migrate(config.database));
          }};
}

struct ExportArguments {
  bool csv = false;
  bool json_lines = false;
  bool signed_texts = false;
  std::string site, agent, from, to, out;
  bool all_versions = false;
};

template <class Parse, class Value>
Result<void> read_option(const char* name, const std::string& text, Parse parse, std::optional<Value>& value) {
  if (text.empty()) return {};
  const auto parsed = parse(text);
  if (!parsed) return parsed.error().within(name);
  value = *parsed;
  return {};
}

Result<ReadingQuery> query_of(const ExportArguments& arguments) {
  ReadingQuery query;
  query.versions = arguments.all_versions ? Versions::All : Versions::Newest;
  if (const auto read = read_option("--site", arguments.site, SiteId::parse, query.site); !read) return read.error();
  if (const auto read = read_option("--agent", arguments.agent, AgentId::parse, query.agent); !read)
    return read.error();
  if (const auto read = read_option("--from", arguments.from, parse_rfc3339, query.from); !read) return read.error();
  if (const auto read = read_option("--to", arguments.to, parse_rfc3339, query.to); !read) return read.error();
  return query;
}

Result<void> export_to(const Config& config, const ExportArguments& arguments) {
  const auto query = query_of(arguments);
  if (!query) return query.error();
  const auto store = open_store(config.database);
  if (!store) return store.error();
  const auto write = [&](std::ostream& out) {
    if (arguments.signed_texts) return export_signed(**store, *query, out);
    return export_readings(**store, *query, arguments.csv ? ExportFormat::Csv : ExportFormat::JsonLines, out);
  };
  if (arguments.out.empty()) return write(std::cout);
  std::ofstream file(arguments.out, std::ios::binary);
  if (!file) return Error{arguments.out, "cannot be written"};
  return write(file);
}

Command add_export(CLI::App& app) {
  CLI::App& parsed = *app.add_subcommand("export", "write readings for other tools, by device and time");
  const auto arguments = std::make_shared<ExportArguments>();
  CLI::Option* csv = parsed.add_flag("--csv", arguments->csv, "comma-separated values with a head (RFC 4180)");
  CLI::Option* lines = parsed.add_flag("--jsonl", arguments->json_lines, "one JSON object a line (the default)");
  CLI::Option* texts = parsed.add_flag("--signed", arguments->signed_texts,
                                       "the signed batches that brought them, one a line, as the devices sent them");
  csv->excludes(lines);
  texts->excludes(lines)->excludes(csv);
  parsed.add_option("--site", arguments->site, "only this site");
  parsed.add_option("--agent", arguments->agent, "only devices of this name");
  parsed.add_option("--from", arguments->from, "from this time on (RFC 3339)");
  parsed.add_option("--to", arguments->to, "before this time");
  parsed.add_flag("--all-versions", arguments->all_versions, "also readings that a correction has replaced");
  parsed.add_option("--out", arguments->out, "a file instead of standard output");
  return {&parsed, [arguments](const Config& config) { return ended(export_to(config, *arguments)); }};
}

Command add_backup(CLI::App& app) {
  CLI::App& parsed = *app.add_subcommand("backup", "copy the whole database into one new file, while the service runs");
  const auto file = std::make_shared<std::string>();
  parsed.add_option("FILE", *file, "a new file; it is an SQLite database whatever the engine")->required();
  return {&parsed, [file](const Config& config) { return ended(back_up(config.database, *file)); }};
}

Command add_restore(CLI::App& app) {
  CLI::App& parsed = *app.add_subcommand("restore", "fill an empty database from a backup; also from the other engine");
  const auto file = std::make_shared<std::string>();
  parsed.add_option("FILE", *file, "what `backup` made")->required();
  return {&parsed, [file](const Config& config) { return ended(restore(*file, config.database)); }};
}

}  // namespace

std::vector<Command> add_database_commands(CLI::App& app) {
  return {add_migrate(app), add_export(app), add_backup(app), add_restore(app)};
}

}  // namespace balans::api
