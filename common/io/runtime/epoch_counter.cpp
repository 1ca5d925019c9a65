#include "common/io/runtime/epoch_counter.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"
#include "common/state_versions.hpp"

namespace balans {
namespace {

// Far beyond any honest count, and far below 2^53, the largest number that messages carry.
constexpr std::uint64_t kHighest = std::uint64_t{1} << 52U;

constexpr std::size_t kMostBytes = 1000;

// Ten years of a start every five minutes.
constexpr std::uint64_t kStartsSinceACopy = std::uint64_t{1} << 20U;

Error beyond_reason(Epoch epoch) { return {"", "epoch " + std::to_string(epoch.value) + " is beyond reason"}; }

/// The number that begins `text`, which loses it and the space after it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || rest == end || (*rest != ' ' && *rest != '\n')) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
  return number;
}

}  // namespace

Result<SavedEpoch> read_epoch(const std::filesystem::path& file) {
  std::error_code problem;
  const auto status = std::filesystem::symlink_status(file, problem);
  if (status.type() == std::filesystem::file_type::not_found) return SavedEpoch{};
  const auto content = read_small_file(file, kMostBytes);
  if (!content.ok()) return content.error();
  std::string_view text = *content;
  const Error damaged{file.string(), "is damaged: expected '<epoch> <boot id> <version>'"};
  if (!text.ends_with('\n')) return damaged;
  const auto epoch = take_number(text);
  const auto boot = epoch ? take_number(text) : std::nullopt;
  if (!boot) return damaged;
  const auto version = text.empty() ? std::optional<std::uint64_t>(1) : take_number(text);
  if (!version) return damaged;
  return SavedEpoch{Epoch{*epoch}, *version};
}

Result<void> write_epoch(const std::filesystem::path& file, Epoch epoch, BootId boot) {
  const std::string line =
      std::to_string(epoch.value) + " " + std::to_string(boot.value) + " " + std::to_string(state::kEpoch) + "\n";
  return write_file_durably(file, line, FileMode::Private);
}

Result<Epoch> above_all_since(Epoch newest_known) {
  if (newest_known.value >= kHighest - kStartsSinceACopy) return beyond_reason(newest_known);
  return Epoch{newest_known.value + kStartsSinceACopy};
}

Result<EpochCounter> EpochCounter::start(const std::filesystem::path& file) {
  const auto last = read_epoch(file);
  if (!last.ok()) return last.error();
  EpochCounter counter(file, last->epoch, BootId{random_u64()});
  if (last->version > state::kEpoch) {
    counter.set_aside_ = file.string() + ".version-" + std::to_string(last->version);
    const auto content = read_small_file(file, kMostBytes);
    if (!content.ok()) return content.error();
    if (auto kept = write_file_durably(*counter.set_aside_, *content, FileMode::Private); !kept.ok())
      return kept.error();
  }
  if (auto moved = counter.move_above(last->epoch); !moved.ok()) return moved.error();
  return counter;
}

Result<void> EpochCounter::move_above(Epoch seen) {
  if (seen < epoch_) return {};
  if (seen.value >= kHighest) return beyond_reason(seen).within(file_.string());
  const Epoch next{seen.value + 1};
  if (auto saved = write_epoch(file_, next, boot_id_); !saved.ok()) return saved;
  epoch_ = next;
  return {};
}

}  // namespace balans
