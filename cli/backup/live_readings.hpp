#pragma once
// Readings that this machine has and the backup does not: agents have deleted what the controller said it had.

#include "cli/backup/history.hpp"

namespace balans::cli {

/// What waits here to be sent goes on waiting in `fresh`: journals and outboxes take the places of the backup's, whose
/// own items are added. What cannot be kept is told with its number of readings.
Result<void> keep_readings(const TreePair& fresh, const TreePair& old, Report& report);

}  // namespace balans::cli
