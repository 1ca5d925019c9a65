#pragma once
// Aggregate of energy: the book of uses, who takes part, tariffs, and payment runs. Booked energy is added and never
// changed; the only thing noted on a row is which run it was in.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/core/energy/interfaces.hpp"
#include "api/core/energy/settling.hpp"
#include "api/store/roll_up_store.hpp"

namespace balans::api {

struct SiteSlot {
  SiteId site;
  UnixTime slot;
  bool operator==(const SiteSlot&) const = default;
};

struct StoredTariff {
  std::string id;  ///< of the site
  energy::Tariff tariff;
  bool operator==(const StoredTariff&) const = default;
};

/// A row of the book.
struct StoredUse {
  UnixTime slot;
  energy::EnergyUse use;  ///< below 0 where it takes back
  std::int64_t version = 0;
  std::optional<std::int64_t> corrects;  ///< present: part of a credit note for that version
  energy::Certainty certainty = energy::Certainty::Certain;
  std::optional<UnixTime> billed;  ///< beginning of the period of the run that it was in
  bool operator==(const StoredUse&) const = default;
};

struct StoredRun {
  Span period;
  energy::Paid paid = energy::Paid::No;
  energy::Remainders remainders = energy::Remainders::Carry;
  trade::Asset asset = trade::Asset::Eur;
  energy::BillTotals totals;
  std::int64_t pool = 0;
  bool operator==(const StoredRun&) const = default;
};

class EnergyStore {
 public:
  virtual ~EnergyStore() = default;

  // ---- slots that have to be looked at ----
  /// Of sites with stations, the slots in which those devices' quarter-hours are new.
  virtual Result<void> note(std::span<const DeviceSpan> spans) = 0;
  /// Not before that time.
  virtual Result<void> wait(const SiteSlot& slot, UnixTime until) = 0;
  virtual Result<void> done(const SiteSlot& slot) = 0;
  /// At most `limit`, oldest first.
  virtual Result<std::vector<SiteSlot>> due(UnixTime now, std::size_t limit) = 0;

  // ---- the book ----
  virtual Result<std::optional<energy::Booked>> booked(const SiteSlot& slot) = 0;
  virtual Result<void> add(const SiteSlot& slot, const energy::SlotVersion& version, UnixTime now) = 0;
  /// Rows of slots that start in the span, by slot, version, meter and use; at most `limit`.
  virtual Result<std::vector<StoredUse>> uses(const SiteId& site, const Span& span, std::size_t limit) = 0;
  /// What no run has paid for yet, of slots that have ended at that time.
  virtual Result<energy::PeriodEnergy> unbilled(const SiteId& site, UnixTime ended) = 0;

  // ---- who takes part, and prices ----
  virtual Result<std::vector<SiteId>> sites() = 0;
  virtual Result<std::vector<energy::Station>> stations(const SiteId& site) = 0;
  virtual Result<void> put_station(const SiteId& site, const energy::Station& station) = 0;
  virtual Result<void> forget_station(const SiteId& site, const AgentId& station) = 0;
  /// By the time from which they hold; later ones that hold at the same time count less.
  virtual Result<std::vector<StoredTariff>> tariffs(const SiteId& site, const Span& span) = 0;
  virtual Result<void> put_tariff(const SiteId& site, const StoredTariff& tariff) = 0;

  // ---- runs ----
  virtual Result<energy::Progress> progress(const SiteId& site) = 0;
  virtual Result<void> add_run(const energy::PeriodBill& bill, energy::Paid paid) = 0;
  virtual Result<void> finish_run(const SiteId& site, const Span& period) = 0;
  /// Newest first, of periods that begin before that time.
  virtual Result<std::vector<StoredRun>> runs(const SiteId& site, std::optional<UnixTime> before,
                                              std::size_t limit) = 0;
};

}  // namespace balans::api
