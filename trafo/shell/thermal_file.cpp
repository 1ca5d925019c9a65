#include "trafo/shell/thermal_file.hpp"

#include <cstdlib>

#include "common/io/runtime/files.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxBytes = 16 * 1024;

bool moved(std::int64_t a, std::int64_t b) { return std::abs(a - b) > ThermalFile::kMoved.count(); }

bool moved(const SavedThermal& a, const SavedThermal& b) {
  if (moved(a.top_oil.count(), b.top_oil.count())) return true;
  for (Phase p : kPhases)
    if (moved(a.fast_gradient_mk[p] - a.slow_gradient_mk[p], b.fast_gradient_mk[p] - b.slow_gradient_mk[p]))
      return true;
  return false;
}

}  // namespace

ThermalFile::ThermalFile(std::filesystem::path file, const RatingPlan& plan, const Clock& clock, EventLog& log)
    : file_(std::move(file)), plan_(plan), clock_(clock), log_(log) {
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return;
  const auto text = read_small_file(file_, kMaxBytes);
  const auto saved = text ? decode_saved_thermal(*text) : Result<SavedThermal>(text.error());
  if (saved)
    waiting_ = *saved;
  else
    log_.write("thermal-state-refused", {{"error", saved.error().within(file_.string()).message()}});
}

void ThermalFile::resume(const RatingInput& input, std::optional<UnixTime> utc, std::optional<RatingMemory>& memory) {
  if (!waiting_) return;
  if (!memory) memory = start_rating(plan_, input);
  // Beyond the cold start the transformer may carry more than the rated current that the gap is run at.
  if (input.now >= memory->cold_until) return forget("the clock was not synchronised in time");
  switch (resume_rating(plan_, input, utc, *waiting_, *memory)) {
    case Resumed::Yes:
      log_.write("thermal-state-resumed", {{"gap_ms", *utc - waiting_->at}});
      return waiting_.reset();
    case Resumed::ClockIsFree:
      if (!waits_for_clock_) log_.write("thermal-state-waits", {{"reason", "the clock is not synchronised"}});
      waits_for_clock_ = true;
      return;
    case Resumed::ClockWasFree:
      return forget("it was saved by a clock that was not synchronised");
    case Resumed::FromTheFuture:
      return forget("it was saved after now");
  }
}

void ThermalFile::forget(std::string_view why) {
  log_.write("thermal-state-refused", {{"error", why}});
  waiting_.reset();
}

SavedThermal ThermalFile::saved(const RatingMemory& memory) const {
  const ClockState state = clock_.utc_if_synchronised() ? ClockState::Synchronised : ClockState::Free;
  return save(memory, clock_.utc() - (clock_.boot() - memory.stepped), state);
}

bool ThermalFile::worth_writing(const SavedThermal& fresh, BootTime now) const {
  return !written_ || fresh.clock != written_->clock || moved(fresh, *written_) || now - written_at_ >= kSaveEvery;
}

void ThermalFile::save_if_due(const RatingMemory& memory) {
  const BootTime now = clock_.boot();
  if (waiting_ || (looked_ && now - *looked_ < kLookEvery)) return;
  looked_ = now;
  const SavedThermal fresh = saved(memory);
  if (!worth_writing(fresh, now)) return;
  note(replace_file(file_, encode(fresh), FileMode::Private));
  written_ = fresh;
  written_at_ = now;
}

void ThermalFile::save_at_end(const RatingMemory& memory) {
  if (!waiting_) note(write_file_durably(file_, encode(saved(memory)), FileMode::Private));
}

void ThermalFile::note(const Result<void>& written) {
  if (!written && !failing_) log_.write("thermal-state-fails", {{"error", written.error().message()}});
  failing_ = !written;
}

}  // namespace balans
