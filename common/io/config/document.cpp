#include "common/io/config/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "common/io/config/config.hpp"
#include "common/masked.hpp"

namespace balans::config {
namespace {

Position position(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) { throw YAML::ParserException(mark, what); }

/// Builds the tree from the parser's events. Exceptions stay inside parse_document.
class TreeBuilder final : public YAML::EventHandler {
 public:
  std::unique_ptr<Node> take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) refuse(mark, "a second document; a config file holds one");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, NodeKind::Empty, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases (*name) are not allowed in config files");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!open_.empty() && open_.back()->kind == NodeKind::Map && !key_) return take_key(mark, value);
    if (tag != "?" && tag != "!") refuse(mark, "tags (" + tag + ") are not allowed in config files");
    leaf(mark, anchor, tag == "?" ? NodeKind::Plain : NodeKind::Quoted, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back(add(mark, anchor, NodeKind::List));
    check_depth(mark);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back(add(mark, anchor, NodeKind::Map));
    check_depth(mark);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Key {
    std::string name;
    Position at;
  };

  void check_depth(const YAML::Mark& mark) const {
    if (open_.size() > std::size_t{Limits::kDepth}) refuse(mark, "nested too deeply");
  }

  void take_key(const YAML::Mark& mark, const std::string& name) {
    if (name.empty()) refuse(mark, "an empty key");
    if (const Node* first = open_.back()->find(name))
      refuse(mark, fmt::format("duplicate key '{}'; it is in line {} already", name, first->at.line));
    key_ = Key{name, position(mark)};
  }

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, NodeKind kind, const std::string& text) {
    add(mark, anchor, kind)->text = text;
  }

  Node* add(const YAML::Mark& mark, YAML::anchor_t anchor, NodeKind kind) {
    if (anchor != 0) refuse(mark, "anchors (&name) are not allowed in config files");
    if (++count_ > Limits::kNodes) refuse(mark, fmt::format("more than {} values", Limits::kNodes));
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->at = position(mark);
    Node* const added = node.get();
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Node& parent = *open_.back(); parent.kind == NodeKind::List) {
      node->path = fmt::format("{}[{}]", parent.path, parent.items.size());
      parent.items.push_back(std::move(node));
    } else {
      if (!key_) refuse(mark, "a key must be a plain word");
      node->at = key_->at;
      node->path = parent.path.empty() ? key_->name : parent.path + "." + key_->name;
      parent.fields.emplace_back(std::exchange(key_, std::nullopt)->name, std::move(node));
    }
    return added;
  }

  std::unique_ptr<Node> root_;
  std::vector<Node*> open_;
  std::optional<Key> key_;  ///< of the map that is open, when its value is still to come
  std::size_t count_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : fields)
    if (name == key) return value.get();
  return nullptr;
}

std::string Document::where(Position at, const std::string& path) const {
  return fmt::format("{}:{}:{}{}{}", name, at.line, at.column, path.empty() ? "" : " ", masked(path));
}

void Document::note(Position at, const std::string& path, std::string what) {
  // One complaint a place: what is found wrong with a value that was refused already only follows from that.
  Error error{where(at, path), std::move(what)};
  const auto same = [&](const auto& problem) { return problem.error.where == error.where; };
  if (problems.size() < Limits::kProblems && std::none_of(problems.begin(), problems.end(), same))
    problems.push_back({at, std::move(error)});
}

Result<std::unique_ptr<Document>> parse_document(std::string_view text, const std::filesystem::path& name) {
  auto document = std::make_unique<Document>();
  document->name = name.string();
  document->folder = name.parent_path();
  TreeBuilder builder;
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& problem) {
    return Error{document->where(position(problem.mark), ""), masked(problem.msg)};
  }
  document->root = builder.take_root();
  if (!document->root || document->root->kind == NodeKind::Empty) return Error{document->name, "is empty"};
  if (document->root->kind != NodeKind::Map)
    return Error{document->where(document->root->at, ""), "expected keys and values (`key: value`)"};
  return document;
}

}  // namespace balans::config
