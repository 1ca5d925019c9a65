#include <fmt/format.h>

#include <algorithm>

#include "common/io/config/config.hpp"
#include "common/io/config/document.hpp"
#include "common/io/runtime/files.hpp"

namespace balans::config {

// ---- File

Result<File> File::load(const std::filesystem::path& path) {
  auto text = read_small_file(path, Limits::kFileBytes);
  if (!text.ok()) return text.error();
  return parse(*text, path);
}

Result<File> File::parse(std::string_view text, const std::filesystem::path& name) {
  auto document = parse_document(text, name);
  if (!document.ok()) return document.error();
  return File(std::move(*document));
}

File::File(std::unique_ptr<Document> document) : document_(std::move(document)) {}
File::~File() = default;
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;

Section File::root() const {
  document_->root->was_read = true;
  return {document_.get(), document_->root.get()};
}

std::vector<Error> File::problems() const {
  Document found;
  found.name = document_->name;
  found.problems = document_->problems;
  find_stray_keys(*document_->root, found);
  std::stable_sort(found.problems.begin(), found.problems.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  std::vector<Error> errors;
  for (auto& problem : found.problems) errors.push_back(std::move(problem.error));
  return errors;
}

Result<void> File::finish() const {
  const std::vector<Error> errors = problems();
  if (errors.empty()) return {};
  if (errors.size() == 1) return errors.front();
  std::string lines;
  for (const Error& error : errors) lines += (lines.empty() ? "" : "\n") + error.message();
  return Error{"", lines};
}

// ---- Section

RequiredValue Section::required(std::string_view key) const {
  if (node_ != nullptr) node_->asked.insert_or_assign(std::string(key), Node::Asked::Required);
  return RequiredValue(OptionalValue(document_, node_ == nullptr ? nullptr : node_->find(key), std::string(key)));
}

OptionalValue Section::optional(std::string_view key) const {
  if (node_ != nullptr) node_->asked.emplace(std::string(key), Node::Asked::Optional);
  return {document_, node_ == nullptr ? nullptr : node_->find(key), std::string(key)};
}

Section Section::section(std::string_view key) const {
  const OptionalValue value = required(key).value_;
  return as_map(value.node_);
}

std::optional<Section> Section::optional_section(std::string_view key) const {
  const OptionalValue value = optional(key);
  if (!value.present()) return std::nullopt;
  return as_map(value.node_);
}

Section Section::as_map(const Node* node) const {
  if (node == nullptr) return {document_, nullptr};
  if (node->kind != NodeKind::Map) {
    document_->note(*node, "expected keys and values under it");
    return {document_, nullptr};
  }
  node->was_read = true;
  return {document_, node};
}

std::vector<Section> Section::list(std::string_view key, std::size_t least, std::size_t most) const {
  return items(required(key).value_.node_, least, most);
}

std::vector<Section> Section::optional_list(std::string_view key, std::size_t most) const {
  return items(optional(key).node_, 0, most);
}

std::vector<Section> Section::items(const Node* list, std::size_t least, std::size_t most) const {
  if (list == nullptr) return {};
  if (list->kind != NodeKind::List) {
    document_->note(*list, "expected a list");
    return {};
  }
  if (list->items.size() < least || list->items.size() > most) {
    document_->note(*list, fmt::format("has {} entries; expected {} to {}", list->items.size(), least, most));
    return {};
  }
  list->was_read = true;
  std::vector<Section> sections;
  for (const auto& item : list->items) sections.push_back(as_map(item.get()));
  return sections;
}

std::vector<std::string> Section::keys() const {
  std::vector<std::string> names;
  if (node_ == nullptr) return names;
  for (const auto& [name, value] : node_->fields) names.push_back(name);
  return names;
}

void Section::refuse(std::string what) const {
  if (node_ != nullptr) document_->note(*node_, std::move(what));
}

int Section::line() const { return node_ != nullptr ? node_->at.line : 1; }

bool Section::has(std::string_view key) const { return node_ != nullptr && node_->find(key) != nullptr; }

}  // namespace balans::config
