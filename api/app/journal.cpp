#include "api/app/journal.hpp"

namespace balans::api {

using journal::Outcomes;

namespace {

/// The account that would be taken for this one by whoever asks for its owner's.
Result<std::optional<journal::Account>> other_of_owner(JournalStore& store, const journal::NewAccount& asked) {
  if (!asked.site) return std::optional<journal::Account>();
  auto there = store.account(asked.id);
  if (!there) return there.error();
  if (*there) return std::optional<journal::Account>();  // whether it is the same is for the journal to say
  const auto others = store.accounts({asked.owner, asked.site, asked.asset, 0, 1});
  if (!others) return others.error();
  return others->empty() ? std::optional<journal::Account>() : std::optional(others->front());
}

}  // namespace

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

Result<journal::Outcome> open_account(JournalStore& store, const journal::NewAccount& account, UnixTime now) {
  if (const auto held = store.hold(); !held) return held.error();
  const auto other = other_of_owner(store, account);
  if (!other) return other.error();
  if (*other)
    return journal::Outcome(journal::Refused{journal::Refusal::OwnerHasAnother,
                                             "owner '" + account.owner + "' has account " + to_text((*other)->id) +
                                                 " of " + std::string(trade::name_of(account.asset)) +
                                                 " at this site: expected no second one"});
  const journal::Batch batch{{account}, {}};
  auto outcomes = enter(store, {&batch, 1}, now);
  if (!outcomes) return outcomes.error();
  return std::move(outcomes->front().accounts.front());
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
