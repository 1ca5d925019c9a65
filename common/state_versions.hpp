#pragma once
// The versions of what the programs keep on disk, for whoever writes it and for whoever puts a copy of it back. A
// format that changes gets the next number, and a step that brings the one before up to it.

namespace balans::state {

inline constexpr int kEpoch = 1;        ///< trafo/epoch
inline constexpr int kThermal = 1;      ///< trafo/thermal.json
inline constexpr int kOutbox = 1;       ///< trafo/outbox.sqlite, trafo/evidence.sqlite
inline constexpr int kJournal = 1;      ///< chargepoint/NAME/journal.sqlite
inline constexpr int kReadings = 13;    ///< api/balans.sqlite
inline constexpr int kSettlements = 9;  ///< of it, since when it has settlements

}  // namespace balans::state
