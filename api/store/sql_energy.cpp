// The book of energy: slots, uses, stations and tariffs.
#include "api/store/sql_energy.hpp"

#include "api/core/energy/json.hpp"
#include "api/store/sql_rows.hpp"

namespace balans::api {
namespace {

using energy::Certainty;
using energy::EnergyUse;

constexpr std::int64_t kSlotMs = energy::kSlot.count();

Result<void> done_with(const Result<std::int64_t>& changed) {
  if (!changed) return changed.error();
  return {};
}

Result<EnergyUse> use_of(const sql::Rows& row, int first) {
  const auto meter = AgentId::parse(row.text(first));
  const auto use = energy::parse_use(row.text(first + 1));
  if (!meter) return meter.error().within("table energy_use");
  if (!use) return use.error().within("table energy_use");
  return EnergyUse{*meter, *use, row.text(first + 2), WattHours(row.integer(first + 3))};
}

Certainty certainty_of(std::int64_t estimated) { return estimated != 0 ? Certainty::Estimated : Certainty::Certain; }

}  // namespace

Result<void> SqlEnergy::note(std::span<const DeviceSpan> spans) {
  const auto any = sql::first_row(connection_.query("look for stations", "SELECT 1 FROM energy_station LIMIT 1"),
                                  [](const sql::Rows& row) { return row.integer(0); });
  if (!any) return any.error();
  if (!*any) return {};
  for (const auto& [device, span] : spans) {
    const auto noted = connection_.run(
        "note slots",
        "INSERT INTO energy_due (site, slot_utc, due_utc) SELECT d.site, q.start_utc, 0 FROM device d "
        "JOIN rolled_quarter q ON q.device = d.id WHERE d.id = $1 AND q.start_utc >= $2 AND q.start_utc < $3 "
        "AND EXISTS (SELECT 1 FROM energy_station s WHERE s.site = d.site AND s.station = d.agent) "
        "ON CONFLICT (site, slot_utc) DO UPDATE SET due_utc = 0",
        {device, span.from.ms(), span.to.ms()});
    if (!noted) return noted.error();
  }
  return {};
}

Result<void> SqlEnergy::wait(const SiteSlot& slot, UnixTime until) {
  return done_with(connection_.run("let a slot wait",
                                   "INSERT INTO energy_due (site, slot_utc, due_utc) VALUES ($1, $2, $3) "
                                   "ON CONFLICT (site, slot_utc) DO UPDATE SET due_utc = excluded.due_utc",
                                   {slot.site.str(), slot.slot.ms(), until.ms()}));
}

Result<void> SqlEnergy::done(const SiteSlot& slot) {
  return done_with(connection_.run("be done with a slot", "DELETE FROM energy_due WHERE site = $1 AND slot_utc = $2",
                                   {slot.site.str(), slot.slot.ms()}));
}

Result<std::vector<SiteSlot>> SqlEnergy::due(UnixTime now, std::size_t limit) {
  std::vector<SiteSlot> slots;
  const auto read =
      sql::each_row(connection_.query("list slots to look at",
                                      "SELECT site, slot_utc FROM energy_due WHERE due_utc <= $1 AND slot_utc <= $2 "
                                      "ORDER BY slot_utc, site LIMIT $3",
                                      {now.ms(), now.ms() - kSlotMs, static_cast<std::int64_t>(limit)}),
                    [&](const sql::Rows& row) -> Result<void> {
                      const auto site = SiteId::parse(row.text(0));
                      if (!site) return site.error().within("table energy_due");
                      slots.push_back({*site, UnixTime(row.integer(1))});
                      return {};
                    });
  if (!read) return read.error();
  return slots;
}

Result<std::vector<EnergyUse>> SqlEnergy::uses_of(const SiteSlot& slot) {
  std::vector<EnergyUse> uses;
  const auto read =
      sql::each_row(connection_.query("read a slot's uses",
                                      "SELECT meter, what, under, CAST(sum(energy_wh) AS BIGINT) FROM energy_use "
                                      "WHERE site = $1 AND slot_utc = $2 GROUP BY meter, what, under",
                                      {slot.site.str(), slot.slot.ms()}),
                    [&](const sql::Rows& row) -> Result<void> {
                      const auto use = use_of(row, 0);
                      if (!use) return use.error();
                      if (use->energy != WattHours()) uses.push_back(*use);
                      return {};
                    });
  if (!read) return read.error();
  return uses;
}

Result<std::optional<energy::Booked>> SqlEnergy::booked(const SiteSlot& slot) {
  const auto newest = sql::first_row(
      connection_.query("find a slot's newest version",
                        "SELECT version, estimated FROM energy_version WHERE site = $1 AND slot_utc = $2 "
                        "ORDER BY version DESC LIMIT 1",
                        {slot.site.str(), slot.slot.ms()}),
      [](const sql::Rows& row) {
        return energy::Booked{row.integer(0), certainty_of(row.integer(1)), {}};
      });
  if (!newest || !*newest) return newest;
  auto uses = uses_of(slot);
  if (!uses) return uses.error();
  energy::Booked booked = **newest;
  booked.uses = *std::move(uses);
  return std::optional(std::move(booked));
}

Result<std::int64_t> SqlEnergy::newest_number(const SiteId& site) {
  const auto newest = sql::first_row(
      connection_.query("find the newest row", "SELECT n FROM energy_use WHERE site = $1 ORDER BY n DESC LIMIT 1",
                        {site.str()}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!newest) return newest.error();
  return newest->value_or(0);
}

Result<void> SqlEnergy::add(const SiteSlot& slot, const energy::SlotVersion& version, UnixTime now) {
  const auto added =
      connection_.run("store a slot's version",
                      "INSERT INTO energy_version (site, slot_utc, version, standing, estimated, corrects, made_utc) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      {slot.site.str(), slot.slot.ms(), version.version, name_of(version.standing),
                       version.certainty == Certainty::Estimated ? 1 : 0, version.corrects, now.ms()});
  if (!added) return added.error();
  const auto newest = newest_number(slot.site);
  if (!newest) return newest.error();
  std::int64_t n = *newest;
  std::vector<sql::Value> values;
  values.reserve(version.differences.size() * 8);
  for (const EnergyUse& use : version.differences)
    values.insert(values.end(), {slot.site.str(), use.meter.str(), slot.slot.ms(), name_of(use.use), use.under,
                                 version.version, use.energy.count(), ++n});
  return sql::insert_rows(connection_, "store uses",
                          "INSERT INTO energy_use (site, meter, slot_utc, what, under, version, energy_wh, n) VALUES",
                          8, "", values);
}

Result<std::vector<StoredUse>> SqlEnergy::uses(const SiteId& site, const Span& span, std::size_t limit) {
  std::vector<StoredUse> uses;
  const auto read = sql::each_row(
      connection_.query("list uses",
                        "SELECT u.slot_utc, u.meter, u.what, u.under, u.energy_wh, u.version, v.corrects, v.estimated, "
                        "u.billed_utc FROM energy_use u JOIN energy_version v ON v.site = u.site "
                        "AND v.slot_utc = u.slot_utc AND v.version = u.version "
                        "WHERE u.site = $1 AND u.slot_utc >= $2 AND u.slot_utc < $3 "
                        "ORDER BY u.slot_utc, u.version, u.meter, u.what, u.under LIMIT $4",
                        {site.str(), span.from.ms(), span.to.ms(), static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto use = use_of(row, 1);
        if (!use) return use.error();
        StoredUse stored{UnixTime(row.integer(0)),     *use,        row.integer(5), row.optional_integer(6),
                         certainty_of(row.integer(7)), std::nullopt};
        if (const auto billed = row.optional_integer(8)) stored.billed = UnixTime(*billed);
        uses.push_back(std::move(stored));
        return {};
      });
  if (!read) return read.error();
  return uses;
}

Result<std::vector<SiteId>> SqlEnergy::sites() {
  std::vector<SiteId> sites;
  const auto read = sql::each_row(
      connection_.query("list sites with stations", "SELECT DISTINCT site FROM energy_station ORDER BY site"),
      [&](const sql::Rows& row) -> Result<void> {
        const auto site = SiteId::parse(row.text(0));
        if (!site) return site.error().within("table energy_station");
        sites.push_back(*site);
        return {};
      });
  if (!read) return read.error();
  return sites;
}

Result<std::vector<energy::Station>> SqlEnergy::stations(const SiteId& site) {
  std::vector<energy::Station> stations;
  const auto read = sql::each_row(
      connection_.query("list stations",
                        "SELECT station, owner, left_utc FROM energy_station WHERE site = $1 ORDER BY station",
                        {site.str()}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto station = AgentId::parse(row.text(0));
        if (!station) return station.error().within("table energy_station");
        stations.push_back({*station, row.text(1), std::nullopt});
        if (const auto left = row.optional_integer(2)) stations.back().left = UnixTime(*left);
        return {};
      });
  if (!read) return read.error();
  return stations;
}

Result<void> SqlEnergy::put_station(const SiteId& site, const energy::Station& station) {
  return done_with(
      connection_.run("register a station",
                      "INSERT INTO energy_station (site, station, owner, left_utc) VALUES ($1, $2, $3, $4) "
                      "ON CONFLICT (site, station) DO UPDATE SET owner = excluded.owner, left_utc = excluded.left_utc",
                      {site.str(), station.station.str(), station.owner,
                       station.left ? std::optional(station.left->ms()) : std::nullopt}));
}

Result<void> SqlEnergy::forget_station(const SiteId& site, const AgentId& station) {
  return done_with(connection_.run("forget a station", "DELETE FROM energy_station WHERE site = $1 AND station = $2",
                                   {site.str(), station.str()}));
}

Result<std::vector<StoredTariff>> SqlEnergy::tariffs(const SiteId& site, const Span& span) {
  std::vector<StoredTariff> tariffs;
  const auto read =
      sql::each_row(connection_.query("list tariffs",
                                      "SELECT id, tariff FROM energy_tariff WHERE site = $1 AND from_utc < $2 "
                                      "AND until_utc > $3 ORDER BY from_utc, id",
                                      {site.str(), span.to.ms(), span.from.ms()}),
                    [&](const sql::Rows& row) -> Result<void> {
                      auto tariff = energy::decode_tariff(row.text(1));
                      if (!tariff) return tariff.error().within("table energy_tariff, " + row.text(0));
                      tariffs.push_back({row.text(0), *std::move(tariff)});
                      return {};
                    });
  if (!read) return read.error();
  return tariffs;
}

Result<void> SqlEnergy::put_tariff(const SiteId& site, const StoredTariff& tariff) {
  return done_with(connection_.run(
      "store a tariff",
      "INSERT INTO energy_tariff (site, id, from_utc, until_utc, tariff) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (site, id) DO UPDATE SET from_utc = excluded.from_utc, until_utc = excluded.until_utc, "
      "tariff = excluded.tariff",
      {site.str(), tariff.id, tariff.tariff.valid.from.ms(), tariff.tariff.valid.to.ms(),
       energy::encode(tariff.tariff)}));
}

}  // namespace balans::api
