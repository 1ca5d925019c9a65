#include "api/store/sql_rewards.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#define BALANS_SLOT_COLUMNS "site, slot_utc, asset, price, most_wh, reserved, reserve, expires_utc, settled_utc, paid"
#define BALANS_REWARD_COLUMNS \
  "slot_utc, agent, owner, verdict, node, claimed_wh, verified_wh, amount, carried, transfer, epoch, boot, number"

namespace balans::api {
namespace {

using flexibility::ProofKey;
using flexibility::Verdict;

Error in_table(std::string table, std::string what) { return {"table " + std::move(table), std::move(what)}; }

Result<trade::Amount> amount_in(const sql::Rows& row, int column) {
  const auto amount = trade::Amount::of(row.integer(column));
  if (!amount) return in_table("of flexibility", "an amount is below zero");
  return *amount;
}

Result<std::optional<journal::Id>> id_in(const sql::Rows& row, int column) {
  const auto text = row.optional_text(column);
  if (!text) return std::optional<journal::Id>();
  const auto id = journal::parse_id(*text);
  if (!id) return id.error();
  return std::optional(*id);
}

std::optional<std::string> text_of(const std::optional<journal::Id>& id) {
  return id ? std::optional(to_text(*id)) : std::nullopt;
}

Result<Verdict> parse_verdict(std::string_view name) {
  for (auto verdict = Verdict::Counts; verdict <= Verdict::BadRecord;
       verdict = static_cast<Verdict>(static_cast<int>(verdict) + 1))
    if (name_of(verdict) == name) return verdict;
  return in_table("flexibility_reward", "'" + std::string(name) + "' is no verdict");
}

Result<RewardSlot> slot_in(const sql::Rows& row) {
  const auto site = SiteId::parse(row.text(0));
  const auto asset = trade::parse_asset(row.text(2));
  const auto price = amount_in(row, 3), reserved = amount_in(row, 5), paid = amount_in(row, 9);
  const auto reserve = id_in(row, 6);
  if (!site) return site.error().within("table flexibility_slot");
  if (!asset) return asset.error().within("table flexibility_slot");
  if (!price || !reserved || !paid) return in_table("flexibility_slot", "an amount is below zero");
  if (!reserve) return reserve.error().within("table flexibility_slot");
  RewardSlot slot{*site,    UnixTime(row.integer(1)), *asset,       *price, WattHours(row.integer(4)), *reserved,
                  *reserve, UnixTime(row.integer(7)), std::nullopt, *paid};
  if (const auto settled = row.optional_integer(8)) slot.settled = UnixTime(*settled);
  return slot;
}

Result<StoredReward> reward_in(const sql::Rows& row, const SiteId& site) {
  const auto device = AgentId::parse(row.text(1));
  const auto verdict = parse_verdict(row.text(3));
  const auto amount = amount_in(row, 7);
  const auto transfer = id_in(row, 9);
  if (!device) return device.error().within("table flexibility_reward");
  if (!verdict) return verdict.error();
  if (!amount) return amount.error();
  if (!transfer) return transfer.error().within("table flexibility_reward");
  EvidenceName batch{
      site, {Epoch{static_cast<std::uint64_t>(row.integer(10))}, {}}, static_cast<std::uint64_t>(row.integer(12))};
  const std::string boot = row.text(11);
  const auto [end, failure] = std::from_chars(boot.data(), boot.data() + boot.size(), batch.term.boot.value);
  if (failure != std::errc{} || end != boot.data() + boot.size())
    return in_table("flexibility_reward", "boot is no number");
  return StoredReward{UnixTime(row.integer(0)),
                      {*device, row.text(2), *verdict, row.text(4), WattHours(row.integer(5)),
                       WattHours(row.integer(6)), *amount, row.integer(8), *transfer, batch}};
}

Result<void> done_with(const Result<std::int64_t>& changed) {
  if (!changed) return changed.error();
  return {};
}

/// Collects the rows of slots.
Result<std::vector<RewardSlot>> all_slots(const Result<std::unique_ptr<sql::Rows>>& rows) {
  std::vector<RewardSlot> found;
  const auto read = sql::each_row(rows, [&](const sql::Rows& row) -> Result<void> {
    auto slot = slot_in(row);
    if (!slot) return slot.error();
    found.push_back(*std::move(slot));
    return {};
  });
  if (!read) return read.error();
  return found;
}

Result<std::optional<RewardSlot>> only_slot(const Result<std::unique_ptr<sql::Rows>>& rows) {
  auto slots = all_slots(rows);
  if (!slots) return slots.error();
  return slots->empty() ? std::optional<RewardSlot>() : std::optional(std::move(slots->front()));
}

}  // namespace

Result<std::optional<RewardSlot>> SqlRewards::slot(const SiteId& site, UnixTime slot) {
  return only_slot(connection_.query("find a slot of flexibility",
                                     "SELECT " BALANS_SLOT_COLUMNS
                                     " FROM flexibility_slot WHERE site = $1 AND slot_utc = $2",
                                     {site.str(), slot.ms()}));
}

Result<void> SqlRewards::add(const RewardSlot& slot) {
  return done_with(connection_.run(
      "store a slot of flexibility",
      "INSERT INTO flexibility_slot (" BALANS_SLOT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 0)",
      {slot.site.str(), slot.slot.ms(), trade::name_of(slot.asset), slot.price.units(), slot.most.count(),
       slot.reserved.units(), text_of(slot.reserve), slot.expires.ms()}));
}

Result<void> SqlRewards::settle(const RewardSlot& slot, std::span<const DeviceReward> rewards) {
  for (const DeviceReward& reward : rewards) {
    const auto added = connection_.run(
        "store a reward",
        "INSERT INTO flexibility_reward (site, " BALANS_REWARD_COLUMNS
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        {slot.site.str(), slot.slot.ms(), reward.device.str(), reward.owner, name_of(reward.verdict), reward.node,
         reward.claimed.count(), reward.verified.count(), reward.amount.units(), reward.carried,
         text_of(reward.transfer), static_cast<std::int64_t>(reward.batch.term.epoch.value),
         std::to_string(reward.batch.term.boot.value), static_cast<std::int64_t>(reward.batch.number)});
    if (!added) return added.error();
  }
  const auto changed =
      connection_.run("settle a slot of flexibility",
                      "UPDATE flexibility_slot SET settled_utc = $3, paid = $4 WHERE site = $1 AND "
                      "slot_utc = $2 AND settled_utc IS NULL",
                      {slot.site.str(), slot.slot.ms(), slot.settled ? slot.settled->ms() : 0, slot.paid.units()});
  if (!changed) return changed.error();
  if (*changed != 1) return Error{"flexibility", "the quarter-hour has been settled before"};
  return {};
}

Result<std::vector<SiteId>> SqlRewards::unsettled(UnixTime begun, std::size_t limit) {
  std::vector<SiteId> sites;
  const auto read = sql::each_row(
      connection_.query("list sites with slots to settle",
                        "SELECT DISTINCT site FROM flexibility_slot WHERE settled_utc IS NULL AND slot_utc <= $1 "
                        "ORDER BY site LIMIT $2",
                        {begun.ms(), static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        const auto site = SiteId::parse(row.text(0));
        if (!site) return site.error().within("table flexibility_slot");
        sites.push_back(*site);
        return {};
      });
  if (!read) return read.error();
  return sites;
}

Result<std::optional<RewardSlot>> SqlRewards::oldest_unsettled(const SiteId& site) {
  return only_slot(connection_.query("find the oldest slot to settle",
                                     "SELECT " BALANS_SLOT_COLUMNS
                                     " FROM flexibility_slot WHERE site = $1 AND settled_utc IS NULL "
                                     "ORDER BY slot_utc LIMIT 1",
                                     {site.str()}));
}

Result<bool> SqlRewards::is_used(const SiteId& site, const ProofKey& proof) {
  const auto found = sql::first_row(
      connection_.query("look for a used proof",
                        "SELECT 1 FROM flexibility_proof WHERE site = $1 AND agent = $2 AND epoch = $3 AND boot = $4 "
                        "AND seq = $5",
                        {site.str(), proof.device.str(), static_cast<std::int64_t>(proof.epoch.value),
                         std::to_string(proof.boot.value), std::to_string(proof.seq.value)}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  return found->has_value();
}

Result<void> SqlRewards::use(const SiteId& site, UnixTime slot, const ProofKey& proof) {
  return done_with(connection_.run(
      "use up a proof",
      "INSERT INTO flexibility_proof (site, agent, epoch, boot, seq, slot_utc) VALUES ($1, $2, $3, $4, $5, $6)",
      {site.str(), proof.device.str(), static_cast<std::int64_t>(proof.epoch.value), std::to_string(proof.boot.value),
       std::to_string(proof.seq.value), slot.ms()}));
}

Result<std::int64_t> SqlRewards::carried(const SiteId& site, const AgentId& device, trade::Asset asset,
                                         UnixTime before) {
  const auto found = sql::first_row(
      connection_.query("read what a device carries",
                        "SELECT r.carried FROM flexibility_reward r JOIN flexibility_slot s ON s.site = r.site AND "
                        "s.slot_utc = r.slot_utc WHERE r.site = $1 AND r.agent = $2 AND r.slot_utc < $3 AND "
                        "s.asset = $4 ORDER BY r.slot_utc DESC LIMIT 1",
                        {site.str(), device.str(), before.ms(), trade::name_of(asset)}),
      [](const sql::Rows& row) { return row.integer(0); });
  if (!found) return found.error();
  return found->value_or(0);
}

Result<std::vector<UnixTime>> SqlRewards::bound_slots(const SiteId& site, const AgentId& device, const Span& span,
                                                      std::size_t limit) {
  std::vector<UnixTime> slots;
  const auto read = sql::each_row(
      connection_.query("list quarter-hours in which a device was held back",
                        "SELECT slot_utc FROM evidence WHERE site = $1 AND agent = $2 AND slot_utc >= $3 AND "
                        "slot_utc < $4 ORDER BY slot_utc LIMIT $5",
                        {site.str(), device.str(), span.from.ms(), span.to.ms(), static_cast<std::int64_t>(limit)}),
      [&](const sql::Rows& row) -> Result<void> {
        slots.emplace_back(row.integer(0));
        return {};
      });
  if (!read) return read.error();
  return slots;
}

Result<std::vector<RewardSlot>> SqlRewards::slots(const SiteId& site, const Span& span, std::size_t limit) {
  return all_slots(connection_.query("list slots of flexibility",
                                     "SELECT " BALANS_SLOT_COLUMNS
                                     " FROM flexibility_slot WHERE site = $1 AND slot_utc >= $2 AND slot_utc < $3 "
                                     "ORDER BY slot_utc LIMIT $4",
                                     {site.str(), span.from.ms(), span.to.ms(), static_cast<std::int64_t>(limit)}));
}

Result<std::vector<StoredReward>> SqlRewards::rewards(const SiteId& site, const Span& span, std::size_t limit) {
  std::vector<StoredReward> found;
  const auto read =
      sql::each_row(connection_.query("list rewards",
                                      "SELECT " BALANS_REWARD_COLUMNS
                                      " FROM flexibility_reward WHERE site = $1 AND slot_utc >= $2 AND slot_utc < $3 "
                                      "ORDER BY slot_utc, agent LIMIT $4",
                                      {site.str(), span.from.ms(), span.to.ms(), static_cast<std::int64_t>(limit)}),
                    [&](const sql::Rows& row) -> Result<void> {
                      auto reward = reward_in(row, site);
                      if (!reward) return reward.error();
                      found.push_back(*std::move(reward));
                      return {};
                    });
  if (!read) return read.error();
  return found;
}

}  // namespace balans::api
