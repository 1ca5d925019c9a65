#pragma once
// Tokens, enrolments, audit, orders and their change counter, in either engine.

#include "api/store/access_store.hpp"
#include "api/store/sql.hpp"

namespace balans::api {

class SqlTokens final : public TokenStore {
 public:
  explicit SqlTokens(sql::Connection& connection) : connection_(connection) {}
  Result<void> add(const Token& token) override;
  Result<std::vector<Token>> all() override;
  Result<bool> revoke(const std::string& id, UnixTime now) override;

 private:
  sql::Connection& connection_;
};

class SqlEnrolments final : public EnrolmentStore {
 public:
  explicit SqlEnrolments(sql::Connection& connection) : connection_(connection) {}
  Result<std::vector<PairedSite>> all() override;
  Result<void> put(const PairedSite& site) override;
  Result<bool> remove(const SiteId& site) override;
  Result<void> add_code(const PairingCode& code) override;
  Result<std::optional<PairingCode>> code(const std::string& id) override;
  Result<void> set_tries(const std::string& id, std::int64_t left) override;
  Result<void> forget_codes(UnixTime expired_before) override;

 private:
  sql::Connection& connection_;
};

class SqlAudit final : public AuditStore {
 public:
  explicit SqlAudit(sql::Connection& connection) : connection_(connection) {}
  Result<void> add(const AuditEntry& entry) override;
  Result<std::vector<AuditEntry>> page(std::optional<std::int64_t> before, std::size_t limit) override;

 private:
  sql::Connection& connection_;
};

class SqlOrders final : public OrderStore {
 public:
  explicit SqlOrders(sql::Connection& connection) : connection_(connection) {}
  Result<std::int64_t> next_id(const SiteId& site) override;
  Result<void> add(const StoredOrder& order) override;
  Result<std::vector<StoredOrder>> waiting(UnixTime now, std::size_t limit) override;
  Result<std::int64_t> count_waiting(const SiteId& site, std::string_view but_by, UnixTime now) override;
  Result<std::vector<StoredOrder>> given_by(const SiteId& site, std::string_view by, std::int64_t above, UnixTime now,
                                            std::size_t limit) override;
  Result<std::optional<StoredOrder>> find(const SiteId& site, std::int64_t id) override;
  Result<bool> acknowledge(const SiteId& site, std::int64_t id, const std::string& outcome, const std::string& why,
                           UnixTime now) override;
  Result<std::vector<StoredOrder>> page(const SiteId& site, std::optional<std::int64_t> before,
                                        std::size_t limit) override;

 private:
  sql::Connection& connection_;
};

class SqlChanges final : public ChangeStore {
 public:
  explicit SqlChanges(sql::Connection& connection) : connection_(connection) {}
  Result<std::int64_t> version() override;
  Result<void> bump() override;

 private:
  sql::Connection& connection_;
};

}  // namespace balans::api
