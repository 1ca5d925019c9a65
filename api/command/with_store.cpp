#include <iostream>

#include "api/command/commands.hpp"
#include "common/io/runtime/program.hpp"

namespace balans::api {

int with_store(const Config& config, const std::function<Result<void>(Store&)>& work) {
  const auto fail = [](const Error& error) {
    std::cerr << kProgram << ": " << error.message() << "\n";
    return kExitFailure;
  };
  if (const auto migrated = migrate(config.database); !migrated) return fail(migrated.error());
  const auto store = open_store(config.database);
  if (!store) return fail(store.error());
  const auto done = (*store)->transaction([&] { return work(**store); });
  return done ? kExitOk : fail(done.error());
}

}  // namespace balans::api
