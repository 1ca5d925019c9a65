#pragma once
// The schema, step by step. Steps are never changed once released; a new one is added at the end.

#include <array>
#include <string_view>

#include "api/store/migration_texts.hpp"
#include "common/state_versions.hpp"

namespace balans::api {

inline constexpr std::array<std::string_view, 1> kMigrations{embedded::k0001_readings_sql};
static_assert(kMigrations.size() == state::kReadings);

}  // namespace balans::api
