#pragma once
// Waiting for other processes without sleeping: files that grow, processes that end, and being told to stop.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace balans::sim {

/// The lines of a file that another process appends to.
class GrowingFile {
 public:
  explicit GrowingFile(std::filesystem::path path) : path_(std::move(path)) {}
  /// Whole lines that have come since the last call. A file that has become smaller is read from its beginning.
  std::vector<std::string> new_lines();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::uintmax_t offset_ = 0;
  std::string partial_;
};

class Watch {
 public:
  Watch();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Wakes on anything written in this folder, not below it.
  void add_folder(const std::filesystem::path& folder);
  /// From any thread, also a signal's: ends the wait at once and every one after it.
  void interrupt();
  [[nodiscard]] bool interrupted() const;
  /// Returns after something was written, one of `more` (descriptors) became readable, an interrupt or `most`.
  void wait(std::chrono::milliseconds most, const std::vector<int>& more);

 private:
  int inotify_;
  int wake_;
};

/// The last `lines` lines of a file, for messages; empty when there is none.
std::string last_lines(const std::filesystem::path& file, std::size_t lines);

}  // namespace balans::sim
