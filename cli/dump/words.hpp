#pragma once
// The words of a config file that say who and where: names of sites, devices and houses, hosts, users.

#include <map>
#include <string>
#include <string_view>

namespace balans::cli {

/// What each word is: "site", "agent", "node", "host", "user". Words that every site has are not among them.
using PrivateWords = std::map<std::string, std::string>;

/// Reads by the look of the lines, so that a file with faults gives its words too.
void add_private_words(std::string_view yaml, PrivateWords& words);
/// One word more, unless every site has it.
void add_private_word(std::string word, const std::string& kind, PrivateWords& words);

/// The value of the first `key:` in the text; empty where there is none.
std::string yaml_value(std::string_view yaml, std::string_view key);

/// The text without its comments: people write names into them.
std::string without_comments(std::string_view yaml);

}  // namespace balans::cli
