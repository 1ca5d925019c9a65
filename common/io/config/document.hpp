#pragma once
// The inside of the config reader: the file as a tree that knows where everything stands and what has been asked for.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.hpp"

namespace balans::config {

struct Position {
  int line = 1;
  int column = 1;
  auto operator<=>(const Position&) const = default;
};

enum class NodeKind : std::uint8_t { Empty, Plain, Quoted, List, Map };

struct Node {
  NodeKind kind = NodeKind::Empty;
  Position at;                               ///< of the key that it belongs to; of itself where there is none
  std::string path;                          ///< `agents[2].max_a`; empty for the outermost map
  std::string text;                          ///< of a Plain or Quoted one
  std::vector<std::unique_ptr<Node>> items;  ///< of a List
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> fields;  ///< of a Map, in the order of the file

  mutable bool was_read = false;  ///< as a map or a list of maps: its keys are checked
  enum class Asked : std::uint8_t { Optional, Required };
  mutable std::map<std::string, Asked, std::less<>> asked;  ///< of a Map: the keys the program knows

  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Document {
  std::string name;
  std::filesystem::path folder;
  std::unique_ptr<Node> root;

  struct Problem {
    Position at;
    Error error;
  };
  std::vector<Problem> problems;

  void note(const Node& node, std::string what) { note(node.at, node.path, std::move(what)); }
  void note(Position at, const std::string& path, std::string what);
  /// `site.yaml:14:3 transformer.rated_kva`
  [[nodiscard]] std::string where(Position at, const std::string& path) const;
};

/// Refuses what config files do not need and what hides mistakes: duplicate keys, anchors, tags, several documents.
Result<std::unique_ptr<Document>> parse_document(std::string_view text, const std::filesystem::path& name);

/// Keys nobody asked for and required keys that are not there, in `node` and all maps below it that were read.
void find_stray_keys(const Node& node, Document& document);

}  // namespace balans::config
