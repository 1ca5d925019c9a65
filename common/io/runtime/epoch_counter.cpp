#include "common/io/runtime/epoch_counter.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "common/io/runtime/files.hpp"
#include "common/io/runtime/keys.hpp"

namespace balans {
namespace {

// Far beyond any honest count, and far below 2^53, the largest number that messages carry.
constexpr std::uint64_t kHighest = std::uint64_t{1} << 52U;

/// The file holds `<epoch> <boot id>\n`.
Result<std::uint64_t> last_epoch(const std::filesystem::path& file) {
  std::error_code problem;
  const auto status = std::filesystem::symlink_status(file, problem);
  if (status.type() == std::filesystem::file_type::not_found) return std::uint64_t{0};
  auto content = read_small_file(file, 100);
  if (!content.ok()) return content.error();
  std::uint64_t epoch = 0;
  const char* const end = content->data() + content->size();
  const auto [rest, failure] = std::from_chars(content->data(), end, epoch);
  if (failure != std::errc() || rest == end || *rest != ' ' || content->back() != '\n')
    return Error{file.string(), "is damaged: expected '<epoch> <boot id>'"};
  return epoch;
}

}  // namespace

Result<EpochCounter> EpochCounter::start(const std::filesystem::path& file) {
  const auto last = last_epoch(file);
  if (!last.ok()) return last.error();
  EpochCounter counter(file, Epoch{*last}, BootId{random_u64()});
  if (auto moved = counter.move_above(Epoch{*last}); !moved.ok()) return moved.error();
  return counter;
}

Result<void> EpochCounter::move_above(Epoch seen) {
  if (seen < epoch_) return {};
  if (seen.value >= kHighest) return Error{file_.string(), "epoch " + std::to_string(seen.value) + " is beyond reason"};
  const Epoch next{seen.value + 1};
  if (auto saved = save(next); !saved.ok()) return saved;
  epoch_ = next;
  return {};
}

Result<void> EpochCounter::save(Epoch epoch) const {
  const std::string line = std::to_string(epoch.value) + " " + std::to_string(boot_id_.value) + "\n";
  return write_file_durably(file_, line, FileMode::Private);
}

}  // namespace balans
