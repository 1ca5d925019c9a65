#pragma once
// Every number once. Sections named here are those of docs/architecture.md.

#include "common/units.hpp"

namespace balans::defaults {

// The control loop
inline constexpr Millis kTick = 1_s;
inline constexpr Millis kMeterPoll = 1_s;
inline constexpr Millis kMeterLate = 3_s;        ///< a sample older than this raises nobody
inline constexpr Millis kMeterDerate = 5_s;      ///< from here to stale the base load moves to its design peak
inline constexpr Millis kMeterStale = 10_s;      ///< a sample older than this is no longer trusted
inline constexpr Millis kMeterFrozen = 10_s;     ///< no register of voltage, frequency, energy or clock has changed
inline constexpr Millis kMetersDisagree = 10_s;  ///< meters at one place that differ for this long are not believed
inline constexpr Millis kTimeSkew = 6_s;         ///< meter and device readings may be this far apart
inline constexpr Millis kBaseLoadFall = 10_s;    ///< a lower base load counts only after it has lasted this long
inline constexpr Millis kRaiseDebounce = 3_s;    ///< headroom must have been there this long before a raise
inline constexpr Milliamps kRampPerSecond = 4_A;

// Leases
inline constexpr Millis kTtl = 30_s;
inline constexpr Millis kTtlMax = 60_s;          ///< a constant of the protocol: no lease is longer
inline constexpr Millis kLeaseMargin = 1_s;      ///< beside 1 % for clock drift
inline constexpr std::int64_t kRenewPerTtl = 3;  ///< renewals in each TTL
inline constexpr Millis kFailsafeHold = 70_s;    ///< Q: an agent that lost its lease stays at 0 this long
inline constexpr Millis kFailsafeBooked = 20_s;  ///< D: booked this long after the send time of the newest acked limit
inline constexpr Millis kGivesUpAfter = 15_s;    ///< an agent that cannot control its device has fallen silent by then
inline constexpr Millis kStuckAfter = 10_s;      ///< a device that has not followed by then is stuck
inline constexpr Millis kLingersAfter = 3_s;     ///< in overload others make room for what has not come down by then
inline constexpr Millis kPausedAfter = 5_s;      ///< in overload a car above its limit this long after the write pauses
inline constexpr Millis kPauseLasts = 60_s;      ///< of a device that was paused because it did not follow

// Agents
inline constexpr Millis kAgentTick = 1_s;
inline constexpr Millis kStatusEvery = 5_s;
inline constexpr Millis kDrawnHolds = 20_s;        ///< what a device drew longer ago than this says nothing of now
inline constexpr Millis kAgentSilentAfter = 12_s;  ///< measured values older than this count as unknown
inline constexpr Millis kReportFresh = 3_s;        ///< a status tells what its device drew at most this long ago
inline constexpr Millis kReadingEvery = 60_s;
inline constexpr Millis kSettle = 6_s;             ///< worst time from a register write to the current following
inline constexpr Milliamps kEffectiveSlack = 1_A;  ///< measured ≤ limit + max(this, 5 %) counts as obeyed

// Allocation
inline constexpr Millis kRotationQuantum = 15_min;
inline constexpr Millis kSwingRemembered = 10_min;  ///< who can wait starts beside the highest base load of so long
inline constexpr Millis kMinOn = 5_min;
inline constexpr Millis kMinOff = 1_min;
inline constexpr std::int64_t kStartNumerator = 6;  ///< starting wants 6/5 of the minimum as headroom
inline constexpr std::int64_t kStartDenominator = 5;
inline constexpr Millis kPhaseSwitchDwell = 5_min;  ///< on one phase at least this long before three again
inline constexpr Milliamps kUsualCar = 16_A;        ///< what a car is taken to be able to take until it has shown that
inline constexpr Millis kReclaimAfter = 60_s;       ///< drawing less than granted for this long caps the grant
inline constexpr Milliamps kReclaimSpare = 3_A;
inline constexpr Milliamps kReclaimSlack = 1_A;

// The grid
inline constexpr Millivolts kNominal = 230_V;
inline constexpr Millivolts kLowVoltage = 207_V;                 ///< 0.9 Un: watts become amperes at this
inline constexpr Millivolts kVoltageLow = Millivolts(211'600);   ///< 0.92 Un: loads below a node are reduced
inline constexpr Millivolts kVoltageWell = Millivolts(216'200);  ///< 0.94 Un: and let go again
inline constexpr VoltAmps kUnbalance = 4'600_VA;                 ///< of a connection, VDE-AR-N 4100

// Readings
inline constexpr Millis kOutboxCommit = 10_s;
inline constexpr std::int64_t kMaxReadingsPerBatch = 1000;
inline constexpr std::int64_t kMaxMessageBytes = 512 * 1024;
inline constexpr std::int64_t kMaxAgents = 500;  ///< their state fits one message

}  // namespace balans::defaults
