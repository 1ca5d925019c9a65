#include "cli/backup/archive.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <system_error>

#include "cli/program_run.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* kManifest = "manifest.json";
constexpr std::chrono::hours kLongest{2};  // an api's ten years on a slow machine

std::string reason() { return std::generic_category().message(errno); }

Result<void> tar(const fs::path& file, std::vector<std::string> options) {
  // A name with a colon would be another machine's to tar.
  options.insert(options.begin(), {"--force-local", "--gzip", "--file=" + fs::absolute(file).string()});
  const auto program = find_program("tar");
  if (!program) return Error{"tar", "is not installed: apt-get install tar gzip"};
  const auto answer = run_program(*program, options, kLongest);
  if (!answer) return answer.error();
  if (answer->code == 0) return {};
  std::string said = answer->err.substr(0, 500);
  std::ranges::replace(said, '\n', ' ');
  return Error{file.string(), "tar: " + said};
}

/// Read before tar is asked, whose words are about itself.
Result<void> is_gzip(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{file.string(), "cannot be read: " + reason()};
  std::array<unsigned char, 2> start{};
  const ssize_t got = ::read(fd, start.data(), start.size());
  const std::string problem = got < 0 ? "cannot be read: " + reason() : "";
  ::close(fd);
  if (!problem.empty()) return Error{file.string(), problem};
  if (got == 2 && start[0] == 0x1F && start[1] == 0x8B) return {};
  return Error{file.string(), "is no backup: expected a file that `balans backup` has made"};
}

Result<void> make_empty(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return Error{file.string(), "cannot be made: " + reason()};
  ::close(fd);
  return {};
}

Result<void> sync_and_name(const fs::path& fresh, const fs::path& file) {
  const int fd = ::open(fresh.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) return Error{fresh.string(), "cannot be synced: " + reason()};
  // A link, so that a file that has come into being meanwhile is not written over.
  if (::link(fresh.c_str(), file.c_str()) != 0) return Error{file.string(), "cannot be made: " + reason()};
  return {};
}

Result<void> compare(const fs::path& stage, const Manifest& manifest) {
  for (const SavedFile& file : manifest.files) {
    const fs::path path = stage / file.path;
    std::error_code problem;
    if (fs::symlink_status(path, problem).type() != fs::file_type::regular)
      return Error{file.path, "is missing in the backup, or no plain file there"};
    const auto found = sha256_of(path);
    if (!found) return found.error();
    if (*found != file.sha256) return Error{file.path, "is damaged in the backup: its SHA-256 is another one"};
  }
  return {};
}

/// What lies in the stage and is not told: a backup has no business with it.
Result<void> nothing_else(const fs::path& stage, const Manifest& manifest) {
  std::set<std::string> known{kManifest};
  for (const SavedFile& file : manifest.files) known.insert(file.path);
  std::error_code problem;
  for (fs::recursive_directory_iterator it(stage, problem), end; !problem && it != end; it.increment(problem)) {
    const fs::path name = it->path().lexically_relative(stage);
    if (it->is_symlink(problem) || (!it->is_directory(problem) && !known.contains(name.string())))
      return Error{name.string(), "is in the backup and not in its manifest"};
  }
  if (problem) return Error{stage.string(), "cannot be read: " + problem.message()};
  return {};
}

}  // namespace

Result<StagingFolder> StagingFolder::make_in(const fs::path& parent) {
  std::string pattern = (parent / ".balans-backup-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return Error{parent.string(), "no folder can be made in it: " + reason()};
  return StagingFolder(pattern);
}

StagingFolder::~StagingFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<void> pack(const fs::path& stage, const Manifest& manifest, const fs::path& file) {
  const auto work = StagingFolder::make_in(fs::absolute(file).parent_path());
  if (!work) return work.error();
  const fs::path fresh = work->path() / "fresh", again = work->path() / "again";
  if (auto made = make_private_folder(again); !made) return made;
  if (auto made = make_empty(fresh); !made) return made;
  if (auto told = write_file_durably(stage / kManifest, encode(manifest), FileMode::Private); !told) return told;
  std::vector<std::string> options{
      "--create", "--directory=" + stage.string(), "--sort=name", "--owner=0", "--group=0", "--numeric-owner",
      kManifest};
  for (const char* top : {"etc", "var"})
    if (fs::exists(stage / top)) options.emplace_back(top);
  if (auto packed = tar(fresh, options); !packed) return packed;
  const auto read_back = unpack(fresh, again);
  if (!read_back) return read_back.error().within("read back");
  if (*read_back != manifest) return Error{file.string(), "is not what was written: the disk or the memory is bad"};
  return sync_and_name(fresh, file);
}

Result<Manifest> unpack(const fs::path& file, const fs::path& stage) {
  if (auto compressed = is_gzip(file); !compressed) return compressed.error();
  const auto unpacked =
      tar(file, {"--extract", "--directory=" + stage.string(), "--no-same-owner", "--no-same-permissions"});
  if (!unpacked) return unpacked.error().within("is no backup, or a damaged one");
  const auto text = read_small_file(stage / kManifest, Manifest::kMostBytes);
  if (!text) return Error{file.string(), "is no backup of Balans: it has no manifest"};
  auto manifest = decode_manifest(*text);
  if (!manifest) return manifest.error().within(file.string());
  if (auto same = compare(stage, *manifest); !same) return same.error().within(file.string());
  if (auto all = nothing_else(stage, *manifest); !all) return all.error().within(file.string());
  return manifest;
}

}  // namespace balans::cli
