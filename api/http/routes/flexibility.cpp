// What is paid for flexibility: quarter-hours with their devices, and the budget it is paid from.
#include "api/app/reward_run.hpp"
#include "api/http/routes/answers.hpp"
#include "api/http/routes/routes.hpp"
#include "common/messages/json.hpp"

namespace balans::api {
namespace {

constexpr Millis kMostSpan = 31 * 86'400_s;
constexpr std::size_t kMostRewards = 20'000;  ///< in an answer

void write(json::Writer& w, std::string_view key, trade::Amount amount) {
  w.key(key).string(std::to_string(amount.units()));
}

void write(json::Writer& w, const DeviceReward& reward) {
  w.begin_object().key("device").string(reward.device.str()).key("owner").string(reward.owner);
  w.key("verdict").string(name_of(reward.verdict));
  w.key("for_review").boolean(flexibility::is_for_review(reward.verdict)).key("node").string(reward.node);
  w.key("claimed_wh").integer(reward.claimed.count()).key("verified_wh").integer(reward.verified.count());
  write(w, "amount", reward.amount);
  w.key("transfer");
  reward.transfer ? w.string(to_text(*reward.transfer)) : w.null();
  w.key("batch").begin_object();
  w.key("epoch").integer(static_cast<std::int64_t>(reward.batch.term.epoch.value));
  w.key("boot").number(reward.batch.term.boot.value);
  w.key("number").integer(static_cast<std::int64_t>(reward.batch.number));
  w.end_object().end_object();
}

/// Of one quarter-hour; takes its devices off the front.
void write(json::Writer& w, const RewardSlot& slot, std::span<const StoredReward>& rewards) {
  w.begin_object().key("slot").string(to_rfc3339(slot.slot)).key("asset").string(trade::name_of(slot.asset));
  write(w, "price_per_kwh", slot.price);
  write(w, "reserved", slot.reserved);
  write(w, "paid", slot.paid);
  w.key("settled");
  slot.settled ? w.string(to_rfc3339(*slot.settled)) : w.null();
  w.key("devices").begin_array();
  for (; !rewards.empty() && rewards.front().slot == slot.slot; rewards = rewards.subspan(1))
    write(w, rewards.front().reward);
  w.end_array().end_object();
}

Result<std::vector<StoredReward>> rewards_of(Store& store, std::span<const RewardSlot> slots) {
  if (slots.empty()) return std::vector<StoredReward>();
  return store.rewards().rewards(slots.front().site, {slots.front().slot, slots.back().slot + 1_ms}, kMostRewards);
}

Answer get_flexibility(const Call& call, Store& store) {
  Parameters parameters(call);
  const Span span = read_span(parameters, kMostSpan);
  std::int64_t limit = limits::kPageDefault;
  parameters.optional("limit", parse_page_limit, limit);
  if (parameters.wrong()) return *std::move(parameters.wrong());
  const auto slots = store.rewards().slots(call.site, span, static_cast<std::size_t>(limit) + 1);
  if (!slots) return store_problem();
  std::size_t shown = std::min(slots->size(), static_cast<std::size_t>(limit));
  auto rewards = rewards_of(store, std::span(*slots).first(shown));
  if (!rewards) return store_problem();
  // Too many devices: only the quarter-hours that are whole.
  while (shown > 1 && rewards->size() == kMostRewards && (*slots)[shown - 1].slot >= rewards->back().slot) --shown;
  std::span<const StoredReward> left(*rewards);
  json::Writer w;
  w.begin_object().key("slots").begin_array();
  for (std::size_t i = 0; i < shown; ++i) write(w, (*slots)[i], left);
  w.end_array().key("next");
  slots->size() > shown ? w.string(to_rfc3339((*slots)[shown].slot)) : w.null();
  return json_response(w.end_object().take());
}

Answer get_budget(Services& services, const Call& call, Store& store) {
  const trade::Asset asset = services.billing.rules.peer.asset;
  const auto accounts = store.journal().accounts({flexibility_budget_of(call.site), call.site, asset, 0, 1});
  if (!accounts) return store_problem();
  journal::Balances balances;
  if (!accounts->empty()) {
    const auto read = store.journal().balance(accounts->front().number, std::nullopt);
    if (!read) return store_problem();
    balances = *read;
  }
  const UnixTime slot = floor_to(flexibility::kSlot, services.clock.utc());
  const auto now = store.rewards().slot(call.site, slot);
  if (!now) return store_problem();
  json::Writer w;
  w.begin_object().key("account");
  accounts->empty() ? w.null() : w.string(to_text(accounts->front().id));
  w.key("asset").string(trade::name_of(asset)).key("balance").string(std::to_string(balances.posted()));
  write(w, "reserved", balances.debits_pending);
  w.key("available").string(std::to_string(balances.available())).key("slot").string(to_rfc3339(slot));
  write(w, "price_per_kwh", *now ? (*now)->price : flexibility::Price());
  write(w, "offered_per_kwh", price_of(services.billing.flexibility, slot));
  return json_response(w.end_object().take());
}

}  // namespace

std::vector<Route> flexibility_routes(Services& services) {
  return {
      {Method::Get,
       "/v1/sites/{site}/flexibility",
       Privilege::Read,
       0,
       {"from", "to", "limit"},
       OnStore{Lane::Read, get_flexibility}},
      {Method::Get,
       "/v1/sites/{site}/flexibility/budget",
       Privilege::Read,
       0,
       {},
       OnStore{Lane::Read, [&services](const Call& call, Store& store) { return get_budget(services, call, store); }}},
  };
}

}  // namespace balans::api
