#pragma once
// What the controller's threads tell its loop.

#include <string>
#include <variant>
#include <vector>

#include "common/io/mqtt/bus.hpp"
#include "common/io/outbox/outbox.hpp"
#include "trafo/core/ambient.hpp"
#include "trafo/core/outside.hpp"
#include "trafo/core/trust.hpp"

namespace balans {

struct MeterPolled {
  std::size_t meter = 0;  ///< index of the site's meters
  Result<MeterSample> sample;
};

struct AmbientPolled {
  Result<AmbientReading> reading;
};

/// The outbox has committed the readings of `agent` through `through`.
struct ReadingsCommitted {
  AgentId agent;
  std::uint64_t through = 0;
};

struct OutboxTrouble {
  std::string what;
};

/// The api has answered, or not.
struct UplinkReport {
  std::string what;  ///< "readings", "state" or "orders"
  std::int64_t delivered = 0;
  std::string error;  ///< empty: delivered
};

/// The orders of the api have changed.
struct OrdersChanged {
  std::vector<OutsideLimit> limits;  ///< all that hold or will
  std::string what;                  ///< for the log: `limit 7 applied: maintenance`
};

/// SIGHUP.
struct ReloadAsked {
  std::string config;  ///< what was found in the config file
};

using TrafoEvent = std::variant<BusEvent, MeterPolled, AmbientPolled, ReadingsCommitted, OutboxTrouble, UplinkReport,
                                OrdersChanged, ReloadAsked>;

}  // namespace balans
