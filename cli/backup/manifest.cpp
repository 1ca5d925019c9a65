#include "cli/backup/manifest.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "common/crypto/sha256.hpp"
#include "common/messages/json.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kMostPath = 400;
constexpr std::int64_t kMostFileBytes = std::int64_t{1} << 44U;
constexpr std::int64_t kMostMillis = 1'000'000'000'000'000;

void write_rights(json::Writer& w, const Rights& rights) {
  w.key("mode").integer(static_cast<std::int64_t>(rights.mode));
  w.key("user").string(rights.user).key("group").string(rights.group);
}

Rights read_rights(json::ObjectReader& r) {
  Rights rights;
  rights.mode = static_cast<unsigned>(r.integer("mode", 0, 07777));
  rights.user = r.string("user", 40);
  rights.group = r.string("group", 40);
  return rights;
}

std::string read_path(json::ObjectReader& r) {
  std::string path = r.string("path", kMostPath);
  if (!r.failed() && !lies_in_the_trees(path)) r.fail("path", "'" + path + "' is no place that a backup has");
  return path;
}

SavedFolder read_folder(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  json::ObjectReader r(value, path, error);
  SavedFolder folder{read_path(r), read_rights(r)};
  r.finish();
  return folder;
}

SavedFile read_file(const boost::json::value& value, const std::string& path, std::optional<Error>& error) {
  json::ObjectReader r(value, path, error);
  SavedFile file{read_path(r), read_rights(r), r.integer("bytes", 0, kMostFileBytes), r.string("sha256", 64)};
  r.finish();
  return file;
}

std::string user_name(uid_t id) {
  const passwd* user = ::getpwuid(id);
  return user != nullptr ? user->pw_name : std::to_string(id);
}

std::string group_name(gid_t id) {
  const group* found = ::getgrgid(id);
  return found != nullptr ? found->gr_name : std::to_string(id);
}

}  // namespace

bool lies_in_the_trees(std::string_view path) {
  const auto below = [path](std::string_view tree) {
    return path == tree || (path.starts_with(tree) && path.size() > tree.size() + 1 && path[tree.size()] == '/');
  };
  if (!below(kConfigTree) && !below(kStateTree)) return false;
  if (path.ends_with('/') || path.find("//") != std::string_view::npos) return false;
  for (const auto& part : std::filesystem::path(path))
    if (part == "." || part == "..") return false;
  for (const char c : path)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return false;
  return true;
}

std::string encode(const Manifest& manifest) {
  json::Writer w;
  w.begin_object().key("balans_backup").integer(Manifest::kVersion);
  w.key("made_ms").integer(manifest.made.ms());
  w.key("balans").string(manifest.balans).key("machine").string(manifest.machine);
  w.key("folders").begin_array();
  for (const SavedFolder& folder : manifest.folders) {
    w.begin_object().key("path").string(folder.path);
    write_rights(w, folder.rights);
    w.end_object();
  }
  w.end_array().key("files").begin_array();
  for (const SavedFile& file : manifest.files) {
    w.begin_object().key("path").string(file.path);
    write_rights(w, file.rights);
    w.key("bytes").integer(file.bytes).key("sha256").string(file.sha256).end_object();
  }
  return w.end_array().end_object().take() + "\n";
}

Result<Manifest> decode_manifest(std::string_view text) {
  const auto value = json::parse_strict(text, Manifest::kMostBytes);
  if (!value) return value.error();
  std::optional<Error> error;
  json::ObjectReader r(*value, "manifest", error);
  const std::int64_t version = r.integer("balans_backup", 1, kMostMillis);
  if (!error && version > Manifest::kVersion)
    return Error{"manifest", "the backup is of version " + std::to_string(version) + "; this program knows up to " +
                                 std::to_string(Manifest::kVersion)};
  Manifest manifest;
  manifest.made = UnixTime(r.integer("made_ms", 0, kMostMillis));
  manifest.balans = r.string("balans", 40);
  manifest.machine = r.string("machine", 100);
  for (const auto& folder : r.array("folders", Manifest::kMostEntries))
    manifest.folders.push_back(read_folder(folder, "manifest.folders", error));
  for (const auto& file : r.array("files", Manifest::kMostEntries))
    manifest.files.push_back(read_file(file, "manifest.files", error));
  r.finish();
  if (error) return *error;
  return manifest;
}

Result<std::string> sha256_of(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return Error{file.string(), "cannot be opened: " + std::generic_category().message(errno)};
  Sha256 hash;
  std::array<char, 65536> buffer{};
  ssize_t got = 0;
  while ((got = ::read(fd, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    hash.add({buffer.data(), static_cast<std::size_t>(got)});
  }
  const int problem = errno;
  ::close(fd);
  if (got < 0) return Error{file.string(), "cannot be read: " + std::generic_category().message(problem)};
  return to_hex(hash.finish().bytes);
}

Result<Rights> rights_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0)
    return Error{path.string(), "cannot be looked at: " + std::generic_category().message(errno)};
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
    return Error{path.string(), "is neither a file nor a folder"};
  return Rights{status.st_mode & 07777U, user_name(status.st_uid), group_name(status.st_gid)};
}

}  // namespace balans::cli
