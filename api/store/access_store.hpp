#pragma once
// Aggregates of access: tokens, sites enrolled by pairing, pairing codes, the audit log, and orders to sites.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/access.hpp"

namespace balans::api {

class TokenStore {
 public:
  virtual ~TokenStore() = default;
  virtual Result<void> add(const Token& token) = 0;
  /// All there are, revoked ones too, by id.
  virtual Result<std::vector<Token>> all() = 0;
  /// False where no token that still holds has this id.
  virtual Result<bool> revoke(const std::string& id, UnixTime now) = 0;
};

struct PairedSite {
  SiteId id;
  PublicKey key;
  std::map<AgentId, PublicKey> agents;
  std::optional<DeploymentId> deployment{};  ///< as it told when it was paired; absent: the api's
  bool operator==(const PairedSite&) const = default;
};

/// A code that a site may redeem once. Its secret is kept as a digest.
struct PairingCode {
  std::string id;
  Digest secret;
  std::optional<SiteId> site;  ///< the only site that may redeem it; absent: any name that is free
  UnixTime expires;
  std::int64_t tries_left = 0;
  bool operator==(const PairingCode&) const = default;
};

class EnrolmentStore {
 public:
  virtual ~EnrolmentStore() = default;
  virtual Result<std::vector<PairedSite>> all() = 0;
  /// Takes the place of what was known of that site.
  virtual Result<void> put(const PairedSite& site) = 0;
  virtual Result<bool> remove(const SiteId& site) = 0;
  virtual Result<void> add_code(const PairingCode& code) = 0;
  virtual Result<std::optional<PairingCode>> code(const std::string& id) = 0;
  virtual Result<void> set_tries(const std::string& id, std::int64_t left) = 0;
  virtual Result<void> forget_codes(UnixTime expired_before) = 0;
};

/// Who did what with a privilege. Rows are only ever added.
struct AuditEntry {
  std::int64_t id = 0;  ///< a time_id
  UnixTime at;
  std::string who;  ///< `token 1a2b3c4d (name)`, `site elm-street` or `command`
  std::string what;
  std::string site;  ///< empty where it concerns all
  std::string detail;
  bool operator==(const AuditEntry&) const = default;
};

class AuditStore {
 public:
  virtual ~AuditStore() = default;
  virtual Result<void> add(const AuditEntry& entry) = 0;
  /// Newest first, below `before` where that is given.
  virtual Result<std::vector<AuditEntry>> page(std::optional<std::int64_t> before, std::size_t limit) = 0;
};

/// An order to a site: signed by the api, kept until the site has acknowledged it.
struct StoredOrder {
  SiteId site;
  std::int64_t id = 0;  ///< rises within a site
  std::string kind;
  std::string envelope;  ///< the signed message as the site gets it
  std::string reason;
  std::string by;
  UnixTime issued;
  UnixTime expires;
  std::optional<UnixTime> acked;
  std::string outcome;  ///< of the ack: `applied`, `refused`, `expired`, `outdated`
  std::string why;
  bool operator==(const StoredOrder&) const = default;
};

class OrderStore {
 public:
  virtual ~OrderStore() = default;
  /// One above the highest that the site has had.
  virtual Result<std::int64_t> next_id(const SiteId& site) = 0;
  virtual Result<void> add(const StoredOrder& order) = 0;
  /// Of all sites, by site and id; those that have expired are left out.
  virtual Result<std::vector<StoredOrder>> waiting(UnixTime now, std::size_t limit) = 0;
  /// Without those of `but_by`.
  virtual Result<std::int64_t> count_waiting(const SiteId& site, std::string_view but_by, UnixTime now) = 0;
  /// Orders of `by` with a number above that and an end ahead, acknowledged or not, oldest first; at most `limit`.
  virtual Result<std::vector<StoredOrder>> given_by(const SiteId& site, std::string_view by, std::int64_t above,
                                                    UnixTime now, std::size_t limit) = 0;
  virtual Result<std::optional<StoredOrder>> find(const SiteId& site, std::int64_t id) = 0;
  /// False where that order is not there or has been acknowledged before.
  virtual Result<bool> acknowledge(const SiteId& site, std::int64_t id, const std::string& outcome,
                                   const std::string& why, UnixTime now) = 0;
  /// Newest first, below `before` where that is given.
  virtual Result<std::vector<StoredOrder>> page(const SiteId& site, std::optional<std::int64_t> before,
                                                std::size_t limit) = 0;
};

/// Counts changes of tokens, enrolments and orders, so that whoever keeps them in memory sees cheaply, also in another
/// process, that they are out of date.
class ChangeStore {
 public:
  virtual ~ChangeStore() = default;
  virtual Result<std::int64_t> version() = 0;
  /// One more. Part of the transaction that changes something.
  virtual Result<void> bump() = 0;
};

}  // namespace balans::api
