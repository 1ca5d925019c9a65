#pragma once
// What `balans doctor` looks at. Each check is by itself and says what is wrong and what to type.

#include "cli/doctor/services.hpp"
#include "cli/finding.hpp"

namespace balans::cli {

using Services = std::vector<Service>;

Findings check_services(const Machine& machine, const Services& services);
Findings check_clock(const Machine& machine);
Findings check_broker(const Machine& machine, const Services& services);
Findings check_certificates(const Machine& machine, const Services& services);
/// What the programs say of themselves: meters, devices, alarms; where a program does not run, its device is read.
Findings check_states(const Machine& machine, const Services& services);
Findings check_outboxes(const Machine& machine, const Services& services);
/// What waits in files that were set aside when a machine went back to an older version.
Findings check_set_aside(const Machine& machine, const Services& services);
Findings check_disk(const Machine& machine);
Findings check_versions(const Machine& machine, const Services& services);
Findings check_hardware(const Machine& machine);
Findings check_keys(const Machine& machine, const Services& services);

/// All of them, in the order in which one would look.
Findings examine(const Machine& machine);

/// "3 min", "5 h", "12 days": rounded down, as people say it.
std::string shown_age(Millis age);
std::string shown_size(std::uint64_t bytes);  ///< "17 MB"

}  // namespace balans::cli
