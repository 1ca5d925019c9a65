#pragma once
// A payment that billing asks for. Who has which account is not known here.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/core/journal/model.hpp"
#include "common/ids.hpp"
#include "common/trade/amount.hpp"

namespace balans::api::energy {

/// Opaque: what accounts of the journal belong to. People live elsewhere.
using Owner = std::string;

struct Payment {
  Owner payer;
  Owner payee;
  trade::Amount amount;  ///< above zero
  journal::Code code = journal::Code::Energy;
  std::string reference;  ///< the station: with code, site and period it names the payment, once
  bool operator==(const Payment&) const = default;
};

/// What an owner can pay, in base units; who is not here can pay anything.
using Funds = std::map<Owner, std::int64_t>;

/// Who gets what of a site's energy money, beside its stations.
struct SiteOwners {
  Owner pool;      ///< holds what is received until it is handed out
  Owner grid;      ///< keeps its share
  Owner supplier;  ///< is paid for imports, pays for exports
  bool operator==(const SiteOwners&) const = default;
};

}  // namespace balans::api::energy
