#include "cli/commission/report.hpp"

#include <fmt/format.h>

#include <chrono>

#include "cli/ca.hpp"
#include "cli/commission/trace.hpp"
#include "cli/scan.hpp"
#include "cli/wording.hpp"
#include "common/io/runtime/files.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMostOfADay = 100;

std::string phases_words(const std::vector<Phase>& phases) {
  std::string text;
  for (const Phase p : phases) text += (text.empty() ? "" : ", ") + std::string(name_of(p));
  return text;
}

std::string shown_time(UnixTime at) {
  const std::int64_t minutes = at.ms() / 60'000 % (24 * 60);
  return fmt::format("{} {:02}:{:02} UTC", shown_date(at), minutes / 60, minutes % 60);
}

std::string title(const CommissioningReport& report) {
  const CommissionedDevice& device = report.device;
  const char* way = device.direction == Direction::Draw ? "draws" : "feeds in";
  const std::string silent =
      device.revert ? fmt::format("falls to {} after {}", shown_amps(device.fallback), shown_seconds(*device.revert))
                    : "keeps what it was told";
  std::string text = fmt::format("Commissioning of {} at {}, {}\n\n", device.name, device.site, shown_time(report.at));
  text += fmt::format("Device      {} ({}), {}, unit {}\n", title_of(device.description), device.description.name,
                      words_of(device.place.endpoint), device.place.unit);
  text += fmt::format("Configured  {} up to {} on {}; settles in {}; alone it {}\n", way, shown_amps(device.max),
                      phases_words(device.phases), shown_seconds(device.settle), silent);
  text += fmt::format("Meter       {}\n", report.meter.empty() ? "none" : report.meter);
  return text + fmt::format("Balans      {}\n", report.version);
}

std::string table(const Measures& measures) {
  std::string text = fmt::format("  {:<9} {:>7}   {:<20} {:<22} {:<8}\n", "step", "limit", "its own 1 / 2 / 3",
                                 "meter L1 / L2 / L3", "at rest");
  const auto row = [&](const std::string& name, const std::string& limit, const auto& own, const auto& grid,
                       const auto& after) {
    text += fmt::format("  {:<9} {:>7}   {:<20} {:<22} {:<8}\n", name, limit, own ? per_phase_words(*own) : "-",
                        grid ? per_phase_words(grid->current) : "-", after ? rounded_seconds(*after) : "-");
  };
  for (const Level& level : measures.levels)
    row(level.name, shown_amps(level.written.current), level.own, level.grid,
        level.own_settled ? level.own_settled : level.grid_settled);
  if (const auto& silence = measures.silence) row("silence", "-", silence->own, silence->grid, silence->fell_after);
  return text;
}

// ---- JSON ----

void write_optional(json::Writer& out, std::string_view key, const std::optional<Millis>& time) {
  out.key(key);
  time ? out.integer(time->count()) : out.null();
}

void write_optional(json::Writer& out, std::string_view key, const std::optional<Milliamps>& current) {
  out.key(key);
  current ? out.integer(current->count()) : out.null();
}

template <class Numbers>
void write_phases(json::Writer& out, std::string_view key, const std::optional<Numbers>& numbers) {
  out.key(key);
  if (!numbers) {
    out.null();
    return;
  }
  out.begin_array();
  for (const auto& number : numbers->values) out.integer(number.count());
  out.end_array();
}

void write_grid(json::Writer& out, const std::optional<GridReading>& grid) {
  out.key("meter");
  if (!grid) {
    out.null();
    return;
  }
  out.begin_object();
  write_phases(out, "ma", std::optional(grid->current));
  write_phases(out, "w", grid->power);
  write_phases(out, "mv", grid->voltage);
  out.end_object();
}

void write_level(json::Writer& out, const Level& level) {
  out.begin_object().key("name").string(level.name).key("limit_ma").integer(level.written.current.count());
  write_optional(out, "shown_ma", level.shown);
  write_phases(out, "own_ma", level.own);
  write_grid(out, level.grid);
  write_optional(out, "own_settled_ms", level.own_settled);
  write_optional(out, "meter_settled_ms", level.grid_settled);
  out.key("came_to_rest").boolean(level.came_to_rest).end_object();
}

void write_silence(json::Writer& out, const std::optional<Silence>& silence) {
  out.key("silence");
  if (!silence) {
    out.null();
    return;
  }
  out.begin_object().key("lasted_ms").integer(silence->lasted.count());
  write_optional(out, "fell_after_ms", silence->fell_after);
  write_phases(out, "own_ma", silence->own);
  write_optional(out, "shown_ma", silence->shown);
  write_grid(out, silence->grid);
  out.end_object();
}

void write_configured(json::Writer& out, const CommissionedDevice& device) {
  out.key("configured").begin_object().key("phases").begin_array();
  for (const Phase p : device.phases) out.string(name_of(p));
  out.end_array().key("direction").string(device.direction == Direction::Draw ? "draw" : "feed");
  out.key("max_ma").integer(device.max.count()).key("failsafe_ma").integer(device.failsafe.count());
  out.key("device_fallback_ma").integer(device.fallback.count()).key("settle_ms").integer(device.settle.count());
  write_optional(out, "revert_ms", device.revert);
  out.end_object();
}

}  // namespace

std::string shown_date(UnixTime at) {
  const std::chrono::sys_days day{std::chrono::floor<std::chrono::days>(std::chrono::milliseconds(at.ms()))};
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string report_text(const CommissioningReport& report) {
  return title(report) + "\n" + table(report.measures) + "\n" + findings_text(report.findings) +
         "\nCarried out by: ______________________________    Signature: ______________________________\n";
}

std::string report_json(const CommissioningReport& report) {
  const CommissionedDevice& device = report.device;
  json::Writer out;
  out.begin_object().key("version").integer(1).key("balans").string(report.version);
  out.key("site").string(device.site).key("device").string(device.name).key("at_ms").integer(report.at.ms());
  out.key("file").string(device.description.name).key("place").string(words_of(device.place.endpoint));
  out.key("unit").integer(device.place.unit).key("meter").string(report.meter);
  write_configured(out, device);
  write_optional(out, "before_ma", report.measures.before);
  out.key("levels").begin_array();
  for (const Level& level : report.measures.levels) write_level(out, level);
  out.end_array();
  write_silence(out, report.measures.silence);
  std::string judgement = findings_json(report.findings);
  judgement.pop_back();
  return out.key("judgement").raw(judgement).end_object().take() + "\n";
}

Result<fs::path> save_report(const CommissioningReport& report, const fs::path& folder) {
  if (const auto made = make_open_folder(folder); !made) return made.error();
  const std::string stem = report.device.name + "-" + shown_date(report.at);
  std::error_code ignored;
  fs::path file = folder / (stem + ".json");
  for (int n = 2; fs::exists(file, ignored); ++n) {
    if (n > kMostOfADay) return Error{file.string(), "is there already, like the hundred of this day"};
    file = folder / fmt::format("{}-{}.json", stem, n);
  }
  if (const auto saved = write_file_durably(file, report_json(report), FileMode::Readable); !saved)
    return saved.error();
  fs::path page = file;
  page.replace_extension(".txt");
  if (const auto saved = write_file_durably(page, report_text(report), FileMode::Readable); !saved)
    return saved.error();
  return file;
}

}  // namespace balans::cli
