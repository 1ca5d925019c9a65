#include "api/ledger/iota/type_tag.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace balans::iota {
namespace {

constexpr std::array<std::pair<std::string_view, TypeKind>, 9> kPlain{{{"bool", TypeKind::Bool},
                                                                       {"u8", TypeKind::U8},
                                                                       {"u16", TypeKind::U16},
                                                                       {"u32", TypeKind::U32},
                                                                       {"u64", TypeKind::U64},
                                                                       {"u128", TypeKind::U128},
                                                                       {"u256", TypeKind::U256},
                                                                       {"address", TypeKind::Address},
                                                                       {"signer", TypeKind::Signer}}};
constexpr std::string_view kPathSeparator = "::";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads from the front of a text.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : rest_(text) {}

  std::optional<TypeTag> type(int depth = 1) {
    if (depth > kMostTypeDepth) return std::nullopt;
    if (rest_.starts_with("0x")) return struct_tag(depth);
    const std::string_view word = take_word();
    for (const auto& [name, kind] : kPlain)
      if (name == word) return TypeTag{kind, {}, {}, {}, {}};
    if (word != "vector") return std::nullopt;
    auto element = in_brackets(depth);
    if (!element || element->size() != 1) return std::nullopt;
    return TypeTag{TypeKind::Vector, std::move(*element), {}, {}, {}};
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::optional<TypeTag> struct_tag(int depth) {
    const auto package = parse_object_id(take_word());
    if (!package || !take(kPathSeparator)) return std::nullopt;
    TypeTag tag{TypeKind::Struct, {}, *package, std::string(take_word()), {}};
    if (!is_identifier(tag.module) || !take(kPathSeparator)) return std::nullopt;
    tag.name = take_word();
    if (!is_identifier(tag.name)) return std::nullopt;
    if (!rest_.starts_with('<')) return tag;
    auto parameters = in_brackets(depth);
    if (!parameters) return std::nullopt;
    tag.inner = std::move(*parameters);
    return tag;
  }

  std::optional<std::vector<TypeTag>> in_brackets(int depth) {
    std::vector<TypeTag> types;
    if (!take("<")) return std::nullopt;
    do {
      auto next = type(depth + 1);
      if (!next || types.size() == kMostTypeArguments) return std::nullopt;
      types.push_back(std::move(*next));
    } while (take(","));
    if (!take(">")) return std::nullopt;
    return types;
  }

  std::string_view take_word() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), [](char c) { return is_letter(c) || is_digit(c); });
    const std::string_view word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    return word;
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view rest_;
};

std::string list_of(const std::vector<TypeTag>& types) {
  std::string text;
  for (const TypeTag& type : types) text += (text.empty() ? "" : ",") + to_text(type);
  return "<" + text + ">";
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && text.size() <= kMostIdentifierBytes && text != "_" && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

Result<TypeTag> parse_type_tag(std::string_view text) {
  TypeReader reader(text);
  auto type = reader.type();
  if (!type || !reader.at_end()) return Error{"", "'" + std::string(text.substr(0, 200)) + "' is no type of Move"};
  return std::move(*type);
}

std::string to_text(const TypeTag& type) {
  if (type.kind == TypeKind::Vector) return "vector" + list_of(type.inner);
  for (const auto& [name, kind] : kPlain)
    if (kind == type.kind) return std::string(name);
  return to_text(type.package) + "::" + type.module + "::" + type.name +
         (type.inner.empty() ? "" : list_of(type.inner));
}

const TypeTag& iota_coin() {
  static const TypeTag coin{TypeKind::Struct, {}, well_known_object(2), "iota", "IOTA"};
  return coin;
}

}  // namespace balans::iota
