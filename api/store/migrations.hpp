#pragma once
// The schema, step by step. Steps are never changed once released; a new one is added at the end. Steps that both
// engines take in the same words lie beside the engines' own folders.

#include <array>
#include <string_view>

#include "api/store/migration_texts.hpp"
#include "common/state_versions.hpp"

namespace balans::api {

/// Step i brings the schema to version i + 1.
inline constexpr std::array<std::string_view, 13> kSqliteSteps{
    embedded::k0001_readings_sql,     embedded::k0002_versions_sql,    embedded::k0003_access_sql,
    embedded::k0004_history_sql,      embedded::k0005_journal_sql,     embedded::k0006_energy_sql,
    embedded::k0007_evidence_sql,     embedded::k0008_flexibility_sql, embedded::k0009_settlement_sql,
    embedded::k0010_eras_sql,         embedded::k0011_wallets_sql,     embedded::k0012_hot_wallet_sql,
    embedded::k0013_wallet_guards_sql};
static_assert(kSqliteSteps.size() == state::kReadings);

/// PostgreSQL came with version 2: step i brings the schema to version i + 2.
inline constexpr int kPostgresFirst = 2;
inline constexpr std::array<std::string_view, 12> kPostgresSteps{
    embedded::k0002_schema_sql,         embedded::k0003_access_sql,     embedded::k0004_history_sql,
    embedded::k0005_journal_tables_sql, embedded::k0006_energy_sql,     embedded::k0007_evidence_sql,
    embedded::k0008_flexibility_sql,    embedded::k0009_settlement_sql, embedded::k0010_era_tables_sql,
    embedded::k0011_wallets_sql,        embedded::k0012_hot_wallet_sql, embedded::k0013_wallet_guards_sql};
static_assert(kPostgresSteps.size() + kPostgresFirst - 1 == kSqliteSteps.size());

}  // namespace balans::api
