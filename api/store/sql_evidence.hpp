#pragma once
// Evidence of devices that were held back, in either engine.

#include "api/store/evidence_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlEvidence final : public EvidenceStore {
 public:
  explicit SqlEvidence(sql::Connection& connection) : connection_(connection) {}
  Result<std::optional<Digest>> find(const EvidenceName& name) override;
  Result<void> add(const NewEvidenceBatch& batch) override;
  Result<bool> add(const StoredEvidence& record) override;
  Result<bool> add(const StoredNodeEvidence& record) override;
  Result<std::vector<StoredEvidence>> devices(const EvidenceQuery& query) override;
  Result<std::vector<StoredNodeEvidence>> nodes(const SiteId& site, UnixTime from, UnixTime to,
                                                std::size_t limit) override;
  Result<std::optional<std::string>> envelope(const EvidenceName& name) override;
  Result<bool> forget(UnixTime before) override;

 private:
  sql::Connection& connection_;
};

}  // namespace balans::api
