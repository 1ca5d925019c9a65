#include "api/app/export_readings.hpp"

#include <ostream>
#include <string>

#include "api/core/limits.hpp"
#include "api/core/rfc3339.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr std::string_view kCsvHead =
    "site,agent,seq,version,boot,at_ms,utc,import_wh,export_wh,mean_l1_ma,mean_l2_ma,mean_l3_ma,limit_l1_ma,"
    "limit_l2_ma,limit_l3_ma,state,chain\r\n";

/// No field needs quotes: names, numbers and times have no commas.
std::string csv_of(const StoredReading& row) {
  const Reading& r = row.reading;
  std::string line = row.site.str() + "," + row.agent.str() + "," + std::to_string(r.seq) + "," +
                     std::to_string(row.version) + "," + std::to_string(r.boot.value) + "," +
                     std::to_string(r.at.ms()) + "," + (r.utc ? to_rfc3339(*r.utc) : "") + "," +
                     std::to_string(r.energy_import.count()) + "," + std::to_string(r.energy_export.count());
  for (Phase p : kPhases) line += "," + std::to_string(r.mean[p].count());
  for (Phase p : kPhases) line += "," + std::to_string(r.limit[p].count());
  line += "," + std::string(name_of(r.state)) + "," + std::string(name_of(row.chain));
  return line + "\r\n";
}

void write(json::Writer& w, std::string_view key, const PerPhase<Milliamps>& current) {
  w.key(key).begin_array();
  for (Phase p : kPhases) w.integer(current[p].count());
  w.end_array();
}

/// The same members as in GET /v1/readings.
std::string json_of(const StoredReading& row) {
  const Reading& r = row.reading;
  json::Writer w;
  w.begin_object().key("site").string(row.site.str()).key("agent").string(row.agent.str());
  w.key("seq").integer(static_cast<std::int64_t>(r.seq)).key("version").integer(row.version);
  w.key("boot").number(r.boot.value).key("at_ms").integer(r.at.ms()).key("utc");
  r.utc ? w.string(to_rfc3339(*r.utc)) : w.null();
  w.key("import_wh").integer(r.energy_import.count()).key("export_wh").integer(r.energy_export.count());
  write(w, "mean_ma", r.mean);
  write(w, "limit_ma", r.limit);
  w.key("state").string(name_of(r.state)).key("chain").string(name_of(row.chain)).end_object();
  return w.take() + "\n";
}

}  // namespace

Result<void> export_readings(Store& store, ReadingQuery query, ExportFormat format, std::ostream& out) {
  const auto text_of = format == ExportFormat::Csv ? csv_of : json_of;
  if (format == ExportFormat::Csv) out << kCsvHead;
  query.limit = limits::kPageMax;
  query.after.reset();
  while (true) {
    const auto page = store.readings().page(query);
    if (!page) return page.error();
    for (const StoredReading& row : page->readings) out << text_of(row);
    for (const StoredReading& row : page->superseded) out << text_of(row);
    if (!out.flush()) return Error{"export", "cannot be written"};
    if (!page->next) return {};
    query.after = page->next;
  }
}

Result<void> export_signed(Store& store, const ReadingQuery& query, std::ostream& out) {
  for (std::int64_t after = 0;;) {
    const auto found = store.readings().signed_text(query, after);
    if (!found) return found.error();
    if (!*found) return {};
    out << (*found)->text << "\n";
    if (!out.flush()) return Error{"export", "cannot be written"};
    after = (*found)->batch;
  }
}

}  // namespace balans::api
