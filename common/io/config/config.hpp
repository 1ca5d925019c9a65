#pragma once
// YAML config, read once into plain structs. Every problem is found in one go and said as
// `site.yaml:14:3 transformer.rated_kva: 0 is outside 1..5000`, one a line.
//
//   auto file = config::File::load(path);
//   if (!file.ok()) return file.error();
//   config::Section root = file->root();
//   Site site;
//   site.id = root.required("site").name<SiteId>();
//   config::Section transformer = root.section("transformer");
//   site.rated = transformer.required("rated_kva").kva(1_kVA, 5000_kVA);
//   site.ttl = root.optional("ttl_s").seconds(5_s, 60_s).value_or(defaults::kTtl);
//   if (auto fine = file->finish(); !fine.ok()) return fine.error();   // also: unknown keys
//   return site;
//
// A getter that finds a problem notes it and gives a default value: what was read is only good once finish() says so.
// The unit is the end of the key, and each getter insists on its own: amps() on `…_a`, seconds() on `…_s`.
// Numbers have at most three decimals and never pass through floating point.

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/crypto/crypto.hpp"
#include "common/ids.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::config {

struct Node;      // one value of the file and where it stands
struct Document;  // the file: its nodes, and the problems found so far

struct Limits {
  static constexpr std::size_t kFileBytes = 1024 * 1024;
  static constexpr std::size_t kNodes = 100'000;
  static constexpr int kDepth = 32;
  static constexpr std::size_t kProblems = 20;
  static constexpr std::size_t kText = 1000;
};

/// How many entries a list has.
struct Count {
  std::size_t least;
  std::size_t most;
};

template <class Enum>
using Choices = std::initializer_list<std::pair<std::string_view, Enum>>;

/// The value of one key that may be absent. Each getter gives nothing when it is absent or wrong; what is wrong is
/// noted.
class OptionalValue {
 public:
  [[nodiscard]] bool present() const { return node_ != nullptr; }
  /// Notes a problem with this value, said in the caller's words.
  void refuse(std::string what) const;

  // Numbers with a unit in the key; bounds are inclusive.
  [[nodiscard]] std::optional<Milliamps> amps(Milliamps least, Milliamps most) const;            // …_a
  [[nodiscard]] std::optional<Millivolts> volts(Millivolts least, Millivolts most) const;        // …_v
  [[nodiscard]] std::optional<Watts> watts(Watts least, Watts most) const;                       // …_w, whole
  [[nodiscard]] std::optional<VoltAmps> kva(VoltAmps least, VoltAmps most) const;                // …_kva
  [[nodiscard]] std::optional<WattHours> kilowatt_hours(WattHours least, WattHours most) const;  // …_kwh
  [[nodiscard]] std::optional<Millis> seconds(Millis least, Millis most) const;                  // …_s
  [[nodiscard]] std::optional<Millis> millis(Millis least, Millis most) const;                   // …_ms, whole
  [[nodiscard]] std::optional<Millis> minutes(Millis least, Millis most) const;                  // …_min
  /// Thousandths of whatever unit the key names (`margin_percent: 3` is 3000); the bounds are thousandths too.
  [[nodiscard]] std::optional<std::int64_t> thousandths(std::int64_t least, std::int64_t most) const;
  /// A whole number without a unit.
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  /// Lists of such numbers.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> thousandths_list(Count count, std::int64_t least,
                                                                          std::int64_t most) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integer_list(Count count, std::int64_t least,
                                                                      std::int64_t most) const;

  [[nodiscard]] std::optional<bool> boolean() const;  // true or false, nothing else
  [[nodiscard]] std::optional<std::string> text(std::size_t max_length = Limits::kText) const;  // not empty
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::size_t least, std::size_t most) const;
  /// Relative paths are relative to the folder of the config file.
  [[nodiscard]] std::optional<std::filesystem::path> path() const;
  [[nodiscard]] std::optional<Bytes32> bytes32() const;  // 64 hex digits
  [[nodiscard]] std::optional<PublicKey> public_key() const;
  [[nodiscard]] std::optional<DeploymentId> deployment() const;
  /// 1 to 3 different phases in the order given.
  [[nodiscard]] std::optional<std::vector<Phase>> phases() const;
  /// AgentId, SiteId: whatever has a `parse(std::string_view)` that gives a Result.
  template <class Name>
  [[nodiscard]] std::optional<Name> name() const {
    return parsed([](std::string_view text) { return Name::parse(text); }, static_cast<Name*>(nullptr));
  }
  /// One of the words, as `choice<Rating>({{"static", Rating::Static}, …})`.
  template <class Enum>
  [[nodiscard]] std::optional<Enum> choice(Choices<Enum> choices) const {
    std::vector<std::string_view> words;
    for (const auto& [word, value] : choices) words.push_back(word);
    const std::optional<std::size_t> index = word_index(words);
    return index ? std::optional<Enum>(std::data(choices)[*index].second) : std::nullopt;
  }
  /// Whatever `parse`, a function from std::string_view to a Result, makes of the text; its error is noted.
  template <class Parse>
  [[nodiscard]] auto parse(Parse read) const {
    using Value = std::decay_t<decltype(*read(std::string_view()))>;
    return parsed(read, static_cast<Value*>(nullptr));
  }
  /// The plain word `word` and nothing else, as in `revert_s: none`.
  [[nodiscard]] bool is_word(std::string_view word) const;

 private:
  friend class Section;
  OptionalValue(Document* document, const Node* node, std::string key)
      : document_(document), node_(node), key_(std::move(key)) {}
  [[nodiscard]] std::optional<std::string> scalar(std::size_t max_length) const;
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view unit, std::int64_t one, std::int64_t least,
                                                   std::int64_t most) const;
  [[nodiscard]] std::optional<std::vector<OptionalValue>> entries(Count count) const;
  [[nodiscard]] std::optional<std::vector<std::int64_t>> number_list(Count count, std::int64_t one, std::int64_t least,
                                                                     std::int64_t most) const;
  [[nodiscard]] std::optional<std::size_t> word_index(const std::vector<std::string_view>& words) const;
  template <class Parse, class Value>
  [[nodiscard]] std::optional<Value> parsed(Parse read, Value*) const {
    const std::optional<std::string> text = scalar(Limits::kText);
    if (!text) return std::nullopt;
    Result<Value> value = read(std::string_view(*text));
    if (value.ok()) return std::move(*value);
    refuse(value.error().message());
    return std::nullopt;
  }

  Document* document_;
  const Node* node_;
  std::string key_;
};

/// The value of a key that must be there. The same getters, without the optional.
class RequiredValue {
 public:
  void refuse(std::string what) const { value_.refuse(std::move(what)); }

  [[nodiscard]] Milliamps amps(Milliamps least, Milliamps most) const {
    return value_.amps(least, most).value_or(least);
  }
  [[nodiscard]] Millivolts volts(Millivolts least, Millivolts most) const {
    return value_.volts(least, most).value_or(least);
  }
  [[nodiscard]] Watts watts(Watts least, Watts most) const { return value_.watts(least, most).value_or(least); }
  [[nodiscard]] VoltAmps kva(VoltAmps least, VoltAmps most) const { return value_.kva(least, most).value_or(least); }
  [[nodiscard]] WattHours kilowatt_hours(WattHours least, WattHours most) const {
    return value_.kilowatt_hours(least, most).value_or(least);
  }
  [[nodiscard]] Millis seconds(Millis least, Millis most) const { return value_.seconds(least, most).value_or(least); }
  /// A time or the word `none`, which gives nothing.
  [[nodiscard]] std::optional<Millis> seconds_or_none(Millis least, Millis most) const {
    return value_.is_word("none") ? std::nullopt : std::optional(seconds(least, most));
  }
  [[nodiscard]] Millis millis(Millis least, Millis most) const { return value_.millis(least, most).value_or(least); }
  [[nodiscard]] Millis minutes(Millis least, Millis most) const { return value_.minutes(least, most).value_or(least); }
  [[nodiscard]] std::int64_t thousandths(std::int64_t least, std::int64_t most) const {
    return value_.thousandths(least, most).value_or(least);
  }
  [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const {
    return value_.integer(least, most).value_or(least);
  }
  [[nodiscard]] bool boolean() const { return value_.boolean().value_or(false); }
  [[nodiscard]] std::string text(std::size_t max_length = Limits::kText) const {
    return value_.text(max_length).value_or("");
  }
  [[nodiscard]] std::vector<std::string> texts(std::size_t least, std::size_t most) const {
    return value_.texts(least, most).value_or(std::vector<std::string>{});
  }
  [[nodiscard]] std::filesystem::path path() const { return value_.path().value_or(std::filesystem::path()); }
  [[nodiscard]] Bytes32 bytes32() const { return value_.bytes32().value_or(Bytes32{}); }
  [[nodiscard]] PublicKey public_key() const { return value_.public_key().value_or(PublicKey{}); }
  [[nodiscard]] DeploymentId deployment() const { return value_.deployment().value_or(DeploymentId{}); }
  [[nodiscard]] std::vector<Phase> phases() const { return value_.phases().value_or(std::vector<Phase>{}); }
  template <class Name>
  [[nodiscard]] Name name() const {
    return value_.name<Name>().value_or(Name{});
  }
  template <class Enum>
  [[nodiscard]] Enum choice(Choices<Enum> choices) const {
    return value_.choice(choices).value_or(std::data(choices)->second);
  }
  template <class Parse>
  [[nodiscard]] auto parse(Parse read) const {
    auto value = value_.parse(read);
    return value ? *std::move(value) : typename decltype(value)::value_type{};
  }

 private:
  friend class Section;
  explicit RequiredValue(OptionalValue value) : value_(std::move(value)) {}
  OptionalValue value_;
};

/// A map of the file. A light handle: valid as long as its File.
class Section {
 public:
  [[nodiscard]] RequiredValue required(std::string_view key) const;
  [[nodiscard]] OptionalValue optional(std::string_view key) const;
  /// The map under `key`; noted as missing when it is not there, and then every key in it is passed over in silence.
  [[nodiscard]] Section section(std::string_view key) const;
  [[nodiscard]] std::optional<Section> optional_section(std::string_view key) const;
  /// A list of maps.
  [[nodiscard]] std::vector<Section> list(std::string_view key, std::size_t least, std::size_t most) const;
  /// As `list`, but the key may be absent: an empty list.
  [[nodiscard]] std::vector<Section> optional_list(std::string_view key, std::size_t most) const;
  /// The keys of a map whose keys are data, in the order of the file. They still have to be read.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Notes a problem with the section as a whole: "needs either tcp or serial".
  void refuse(std::string what) const;
  [[nodiscard]] bool has(std::string_view key) const;
  /// Where it stands in the file.
  [[nodiscard]] int line() const;

 private:
  friend class File;
  Section(Document* document, const Node* node) : document_(document), node_(node) {}
  [[nodiscard]] Section as_map(const Node* node) const;
  [[nodiscard]] std::vector<Section> items(const Node* list, std::size_t least, std::size_t most) const;

  Document* document_;
  const Node* node_;  ///< null for a section that is missing
};

class File {
 public:
  static Result<File> load(const std::filesystem::path& path);
  /// The same from a text; `name` stands in for the file's name, and paths are relative to its folder.
  static Result<File> parse(std::string_view text, const std::filesystem::path& name);
  ~File();
  File(File&&) noexcept;
  File& operator=(File&&) noexcept;

  /// The outermost map.
  [[nodiscard]] Section root() const;
  /// All problems found, unknown keys among them, in the order of the file. Several are one Error of several lines.
  [[nodiscard]] Result<void> finish() const;
  [[nodiscard]] std::vector<Error> problems() const;

 private:
  explicit File(std::unique_ptr<Document> document);
  std::unique_ptr<Document> document_;
};

/// "did you mean": the smallest number of insertions, deletions, replacements and swaps of neighbours.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace balans::config
