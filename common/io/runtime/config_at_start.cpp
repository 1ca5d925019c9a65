#include "common/io/runtime/config_at_start.hpp"

#include <utility>

#include "common/io/runtime/files.hpp"

namespace balans {

ConfigAtStart::ConfigAtStart(std::filesystem::path file) : file_(std::move(file)) {
  if (const auto text = read_small_file(file_)) text_ = *text;  // a copy has no more room than it needs
}

std::string ConfigAtStart::compare(const std::function<Result<void>()>& check) const {
  // A key file or a device's file that it names may have gone bad though the text is the same.
  if (const auto fine = check(); !fine) return "the next start would refuse it: " + fine.error().message();
  const auto text = read_small_file(file_);
  return text && *text == text_ ? "unchanged" : "changed: used from the next start";
}

}  // namespace balans
