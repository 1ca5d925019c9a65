#include "trafo/shell/limits_file.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "common/io/runtime/files.hpp"
#include "common/messages/fields.hpp"
#include "trafo/shell/site_file.hpp"

namespace balans {
namespace {

constexpr std::size_t kMaxBytes = 256 * 1024;
constexpr std::size_t kMaxLimits = 200;
constexpr std::int64_t kMostVa = 5'000'000;

std::size_t read_node(json::ObjectReader& r, const Site& site) {
  const std::string name = r.string("node", 40);
  if (r.failed()) return 0;
  const auto node = node_named(site, name);
  if (!node) r.fail("node", node.error().what);
  return node ? *node : 0;
}

Reason read_source(json::ObjectReader& r) {
  const std::string name = r.string("source", 40);
  for (Reason reason : {Reason::Operator, Reason::Dso})
    if (name == name_of(reason)) return reason;
  r.fail("source", "'" + name + "' is neither 'operator' nor 'dso'");
  return Reason::Operator;
}

std::optional<PerPhase<Milliamps>> read_phases(json::ObjectReader& r, std::string_view key,
                                               std::optional<Error>& error) {
  if (!r.has(key)) return std::nullopt;
  const boost::json::array& array = r.array(key, kPhases.size());
  if (!error && array.size() != kPhases.size()) r.fail(key, "expected three integers, L1 L2 L3");
  if (error) return std::nullopt;
  PerPhase<Milliamps> result;
  for (Phase p : kPhases) {
    const auto i = static_cast<std::size_t>(p);
    result[p] = Milliamps(json::integer_of(array[i], r.path_of(key, i), 0, fields::kMaxMa, error));
  }
  return result;
}

OutsideBound read_bound(json::ObjectReader& r, std::optional<Error>& error) {
  OutsideBound bound;
  if (const auto draw = read_phases(r, "max_ma", error)) bound.draw = *draw;
  if (const auto feed = read_phases(r, "max_feed_ma", error)) bound.feed = *feed;
  if (r.has("max_va")) bound.sum = three_phase_sum(VoltAmps(r.integer("max_va", 0, kMostVa)));
  if (!error && bound == OutsideBound{}) r.fail("max_ma", "missing; expected max_ma, max_feed_ma or max_va");
  return bound;
}

OutsideLimit read_limit(const boost::json::value& value, const std::string& path, const Site& site,
                        std::optional<Error>& error) {
  json::ObjectReader r(value, path, error, json::PathStyle::Pointer);
  OutsideLimit limit;
  limit.node = read_node(r, site);
  limit.source = read_source(r);
  limit.bound = read_bound(r, error);
  if (r.has("from_ms")) limit.from = UnixTime(r.integer("from_ms", 0, fields::kMaxMs));
  // Null has to be written: a limit for ever is not to come from a key that was forgotten.
  if (!r.member("until_ms").is_null()) limit.until = UnixTime(r.integer("until_ms", 0, fields::kMaxMs));
  if (limit.from && limit.until && *limit.until <= *limit.from) r.fail("until_ms", "is not after from_ms");
  r.finish();
  return limit;
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Result<std::vector<OutsideLimit>> parse_limits(std::string_view json, const Site& site) {
  const auto value = json::parse_strict(json, kMaxBytes);
  if (!value) return value.error();
  const boost::json::array* array = value->if_array();
  if (array == nullptr) return Error{"", "expected an array of limits"};
  if (array->size() > kMaxLimits) return Error{"", "more than " + std::to_string(kMaxLimits) + " limits"};
  std::vector<OutsideLimit> limits;
  std::optional<Error> error;
  for (std::size_t i = 0; i < array->size() && !error; ++i)
    limits.push_back(read_limit((*array)[i], "/" + std::to_string(i), site, error));
  if (error) return *error;
  return limits;
}

LimitsFile::LimitsFile(std::filesystem::path file, std::filesystem::path copy, const Site& site)
    : file_(std::move(file)), copy_(std::move(copy)), site_(site) {
  take_copy();
}

LimitsFile::Look LimitsFile::look() {
  const std::optional<Stamp> now = stamp();
  if (looked_ && now == seen_) return Look::Same;
  looked_ = true;
  seen_ = now;
  const Result<void> taken = take();
  if (taken) {
    trouble_.reset();
    return Look::Taken;
  }
  const bool known = trouble_ && trouble_->message() == taken.error().message();
  trouble_ = taken.error();
  return known ? Look::Same : Look::Refused;
}

std::optional<LimitsFile::Stamp> LimitsFile::stamp() const {
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Stamp{status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

Result<void> LimitsFile::take() {
  if (!seen_) return Error{file_.string(), "is not there"};
  const auto text = read_small_file(file_, kMaxBytes);
  if (!text) return text.error();
  auto limits = parse_limits(*text, site_);
  if (!limits) {
    const Error& error = limits.error();
    return Error{error.where.empty() ? file_.string() : file_.string() + " " + error.where, error.what};
  }
  limits_ = *std::move(limits);
  if (*text == kept_) return {};
  const auto written = replace_file(copy_, *text, FileMode::Private);
  copy_trouble_ = written ? std::nullopt : std::optional(written.error());
  if (written) kept_ = *text;
  return {};
}

void LimitsFile::take_copy() {
  std::error_code ignored;
  if (!std::filesystem::exists(copy_, ignored)) return;
  auto text = read_small_file(copy_, kMaxBytes);
  auto limits = text ? parse_limits(*text, site_) : Result<std::vector<OutsideLimit>>(text.error());
  if (!limits) {
    copy_trouble_ = limits.error().within(copy_.string());
    return;
  }
  limits_ = *std::move(limits);
  kept_ = *std::move(text);
}

}  // namespace balans
