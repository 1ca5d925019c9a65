#include "api/app/journal.hpp"

namespace balans::api {

using journal::Outcomes;

Result<std::vector<Outcomes>> enter(JournalStore& store, std::span<const journal::Batch> batches, UnixTime now) {
  auto book = store.load(batches, now);
  if (!book) return book.error();
  auto applied = journal::apply(batches, *std::move(book), now);
  if (!applied) return applied.error().within("journal");
  if (applied->commit)
    if (const auto added = store.add(*applied->commit); !added) return added.error();
  return std::move(applied->outcomes);
}

Result<Outcomes> enter_all(JournalStore& store, const journal::Batch& batch, UnixTime now) {
  auto outcomes = enter(store, {&batch, 1}, now);
  if (!outcomes) return outcomes.error();
  if (const auto* refused = outcomes->front().first_refused())
    return Error{"journal, " + std::string(name_of(refused->why)), refused->what};
  return std::move(outcomes->front());
}

Result<std::vector<Outcomes>> post_transfers(Store& store, std::span<const journal::Batch> batches, UnixTime now) {
  std::vector<Outcomes> outcomes;
  const auto done = store.transaction([&]() -> Result<void> {
    auto entered = enter(store.journal(), batches, now);
    if (!entered) return entered.error();
    outcomes = *std::move(entered);
    return {};
  });
  if (!done) return done.error();
  return outcomes;
}

}  // namespace balans::api
