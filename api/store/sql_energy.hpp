#pragma once
// Energy and payment runs, in either engine.

#include "api/store/energy_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlEnergy final : public EnergyStore {
 public:
  explicit SqlEnergy(sql::Connection& connection) : connection_(connection) {}
  Result<void> note(std::span<const DeviceSpan> spans) override;
  Result<void> wait(const SiteSlot& slot, UnixTime until) override;
  Result<void> done(const SiteSlot& slot) override;
  Result<std::vector<SiteSlot>> due(UnixTime now, std::size_t limit) override;

  Result<std::optional<energy::Booked>> booked(const SiteSlot& slot) override;
  Result<void> add(const SiteSlot& slot, const energy::SlotVersion& version, UnixTime now) override;
  Result<std::vector<StoredUse>> uses(const SiteId& site, const Span& span, std::size_t limit) override;
  Result<energy::PeriodEnergy> unbilled(const SiteId& site, UnixTime ended) override;

  Result<std::vector<SiteId>> sites() override;
  Result<std::vector<energy::Station>> stations(const SiteId& site) override;
  Result<void> put_station(const SiteId& site, const energy::Station& station) override;
  Result<void> forget_station(const SiteId& site, const AgentId& station) override;
  Result<std::vector<StoredTariff>> tariffs(const SiteId& site, const Span& span) override;
  Result<void> put_tariff(const SiteId& site, const StoredTariff& tariff) override;

  Result<energy::Progress> progress(const SiteId& site) override;
  Result<void> add_run(const energy::PeriodBill& bill, energy::Paid paid) override;
  Result<void> finish_run(const SiteId& site, const Span& period) override;
  Result<std::vector<StoredRun>> runs(const SiteId& site, std::optional<UnixTime> before, std::size_t limit) override;

 private:
  Result<std::vector<energy::EnergyUse>> uses_of(const SiteSlot& slot);
  Result<std::int64_t> newest_number(const SiteId& site);
  Result<void> put_run_row(const energy::PeriodBill& bill, energy::Paid paid);
  Result<void> put_carried(const SiteId& site, const energy::AllCarried& carried);
  Result<void> put_planned(const energy::PeriodBill& bill);
  Result<energy::AllCarried> carried(const SiteId& site);
  Result<std::vector<energy::Payment>> planned(const SiteId& site);

  sql::Connection& connection_;
};

}  // namespace balans::api
