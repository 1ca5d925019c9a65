#include "api/app/keep_evidence.hpp"

#include "api/core/rfc3339.hpp"

namespace balans::api {
namespace {

/// One a minute and some that were sent again.
constexpr std::size_t kReadingsLookedAt = 60;

Result<std::vector<Reading>> readings_of(Store& store, const SiteId& site, const DeviceEvidence& record) {
  ReadingQuery query;
  query.site = site;
  query.agent = record.agent;
  query.from = record.slot;
  query.to = record.slot + kEvidenceSlot + 1_ms;
  query.limit = kReadingsLookedAt;
  const auto page = store.readings().page(query);
  if (!page) return page.error();
  std::vector<Reading> readings;
  for (const StoredReading& row : page->readings) readings.push_back(row.reading);
  return readings;
}

Result<void> add_device(Store& store, const EvidenceName& name, const DeviceEvidence& record, std::string flaw,
                        EvidenceKept& kept) {
  if (flaw.empty()) {
    const auto readings = readings_of(store, name.site, record);
    if (!readings) return readings.error();
    flaw = contradiction(record, *readings);
  }
  const auto fresh = store.evidence().add(StoredEvidence{name, record, flaw});
  if (!fresh) return fresh.error();
  const auto paid = store.rewards().slot(name.site, record.slot);
  if (!paid) return paid.error();
  if (*fresh && *paid && (*paid)->settled) kept.late.push_back(record.agent.str() + " " + to_rfc3339(record.slot));
  if (*fresh && !flaw.empty()) kept.flawed.push_back({record.agent, record.slot, flaw});
  if (*fresh)
    ++kept.stored;
  else
    kept.doubled.push_back(record.agent.str() + " " + to_rfc3339(record.slot));
  return {};
}

Result<void> add_node(Store& store, const EvidenceName& name, const NodeEvidence& record, EvidenceKept& kept) {
  const auto fresh = store.evidence().add(StoredNodeEvidence{name, record});
  if (!fresh) return fresh.error();
  if (*fresh)
    ++kept.stored;
  else
    kept.doubled.push_back(record.node + " " + to_rfc3339(record.slot));
  return {};
}

Result<EvidenceKept> keep(Store& store, const EvidenceIntake& intake, UnixTime now) {
  EvidenceKept kept;
  const EvidenceBatch& content = intake.content;
  const EvidenceName name{content.site, content.term, content.number};
  const auto before = store.evidence().find(name);
  if (!before) return before.error();
  if (*before) {
    kept.again = **before == intake.id;
    kept.other = !kept.again;
    return kept;
  }
  if (auto added = store.evidence().add(NewEvidenceBatch{name, intake.id, intake.envelope, now}); !added)
    return added.error();
  for (std::size_t i = 0; i < content.devices.size(); ++i)
    if (auto added = add_device(store, name, content.devices[i], intake.flaws[i], kept); !added) return added.error();
  for (const NodeEvidence& record : content.nodes)
    if (auto added = add_node(store, name, record, kept); !added) return added.error();
  return kept;
}

}  // namespace

Result<EvidenceKept> keep_evidence(Store& store, const EvidenceIntake& intake, UnixTime now) {
  EvidenceKept kept;
  const auto done = store.transaction([&]() -> Result<void> {
    auto tried = keep(store, intake, now);
    if (!tried) return tried.error();
    kept = *std::move(tried);
    return {};
  });
  if (!done) return done.error();
  return kept;
}

}  // namespace balans::api
