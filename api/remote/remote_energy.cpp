#include "api/remote/remote_energy.hpp"

#include <algorithm>
#include <set>

#include "api/core/energy/json.hpp"
#include "api/core/rfc3339.hpp"

namespace balans::api {
namespace {

constexpr std::size_t kTransfersAtOnce = 4000;

std::string of_site(const SiteId& site, const std::string& rest) { return "/v1/sites/" + site.str() + rest; }
std::string times(const Span& span) { return "?from=" + to_rfc3339(span.from) + "&to=" + to_rfc3339(span.to); }

/// Reads the answer; what is wrong with it is seen from the resource.
template <class Decode>
auto ask(RestClient& client, const std::string& path, Decode decode) -> decltype(decode("")) {
  const auto answer = client.get(path);
  if (!answer) return answer.error();
  auto decoded = decode(*answer);
  if (!decoded) return decoded.error().within(path);
  return decoded;
}

Result<void> tell(RestClient& client, const std::string& path, std::string body, const std::string& key) {
  const auto answer = client.post(path, std::move(body), key);
  if (!answer) return answer.error();
  return {};
}

/// The same for the same words: whoever tells it again after a crash is known.
std::string key_of(const std::string& words) { return to_hex(blake2b(words).bytes); }

Result<energy::Stations> stations_of(RestClient& client, const SiteId& site) {
  return ask(client, of_site(site, "/stations"), energy::decode_stations);
}

}  // namespace

Result<energy::PeriodEnergy> RemoteStrategy::energy(const SiteId& site, const Span& period) {
  return ask(client_, of_site(site, "/energy/unbilled?ended=" + to_rfc3339(period.to)), energy::decode_energy);
}

Result<std::vector<energy::Tariff>> RemoteStrategy::prices(const SiteId& site, const Span& span) {
  return ask(client_, of_site(site, "/tariffs" + times(span)), energy::decode_tariffs);
}

Result<energy::BillingRules> RemoteStrategy::rules(const SiteId& site) {
  return ask(client_, of_site(site, "/energy/rules"), energy::decode_rules);
}

Result<energy::Progress> RemoteStorage::progress(const SiteId& site) {
  return ask(client_, of_site(site, "/payment-runs/progress"), energy::decode_progress);
}

Result<void> RemoteStorage::keep(const energy::PeriodBill& bill, energy::Paid paid) {
  const std::string path =
      of_site(bill.site, std::string("/payment-runs?paid=") + (paid == energy::Paid::Yes ? "yes" : "no"));
  const std::string body = encode(bill);
  return tell(client_, path, body, key_of(path + body));
}

Result<void> RemoteStorage::finish(const SiteId& site, const Span& period) {
  const std::string path = of_site(site, "/payment-runs/finish" + times(period));
  return tell(client_, path, "{}", key_of(path));
}

Result<std::vector<energy::Station>> RemoteRegistration::stations(const SiteId& site) {
  auto all = stations_of(client_, site);
  if (!all) return all.error();
  return std::move(all->stations);
}

Result<energy::SiteOwners> RemoteRegistration::owners(const SiteId& site) {
  auto all = stations_of(client_, site);
  if (!all) return all.error();
  return std::move(all->owners);
}

Result<void> RemoteRegistration::put(const SiteId& site, const energy::Station& station) {
  return tell(client_, of_site(site, "/stations"), encode(station), fresh_key_());
}

Result<void> RemoteRegistration::forget(const SiteId& site, const AgentId& station) {
  return tell(client_, of_site(site, "/stations/" + station.str() + "/forget"), "{}", fresh_key_());
}

Result<energy::Funds> RemoteWallet::funds(const SiteId& site, trade::Asset asset,
                                          std::span<const energy::Owner> owners) {
  const std::string path =
      "/v1/accounts?limit=1000&site=" + site.str() + "&asset=" + std::string(trade::name_of(asset));
  energy::Funds funds;
  for (const energy::Owner& owner : owners) funds[owner] = 0;  // without an account there is nothing to pay from
  std::set<energy::Owner> seen;                                // of several accounts of one owner the oldest counts
  for (std::optional<std::string> after = ""; after;) {
    auto page = ask(client_, path + (after->empty() ? "" : "&after=" + *after), energy::decode_accounts);
    if (!page) return page.error();
    for (const auto& account : page->accounts) {
      if (!funds.contains(account.owner) || !seen.insert(account.owner).second) continue;
      if (account.available)
        funds[account.owner] = *account.available;
      else
        funds.erase(account.owner);
    }
    after = std::move(page->next);
  }
  return funds;
}

journal::Id RemoteWallet::id_of(const energy::PeriodBill& bill, const energy::Payment& payment) const {
  return journal::client_id_from(bill.period.from, to_hex(secret_) + " " + words_of(bill, payment));
}

Result<void> RemoteWallet::pay(const energy::PeriodBill& bill) {
  for (std::size_t first = 0; first < bill.payments.size(); first += kTransfersAtOnce) {
    energy::WireTransfers some{bill.site, {}};
    const std::size_t end = std::min(bill.payments.size(), first + kTransfersAtOnce);
    for (std::size_t i = first; i < end; ++i)
      some.transfers.push_back({id_of(bill, bill.payments[i]), bill.payments[i], bill.asset});
    const std::string body = encode(some);
    if (const auto told = tell(client_, "/v1/transfers", body, key_of(body)); !told) return told;
  }
  return {};
}

}  // namespace balans::api
