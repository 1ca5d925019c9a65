// Where libFuzzer is not at hand: runs a target over a corpus, and over small changes of it from a seed that is
// printed.
//   fuzz_query --runs 20000 --seed 1 FOLDER
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace {

std::vector<std::string> corpus_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// One change: a byte flipped, a piece taken out, doubled, or put in from elsewhere.
void change(std::string& input, const std::string& other, std::mt19937_64& random) {
  const auto place = [&random](const std::string& text) { return text.empty() ? 0 : random() % text.size(); };
  const std::size_t at = place(input);
  const std::size_t length = 1 + random() % 16;
  switch (random() % 5) {
    case 0:
      if (!input.empty()) input[at] = static_cast<char>(random());
      break;
    case 1:
      input.erase(at, length);
      break;
    case 2:
      input.insert(at, input.substr(at, length));
      break;
    case 3:
      input.insert(at, other.substr(place(other), length));
      break;
    default:
      input.insert(at, 1, "\"{}[]:,%&=/-0\\\n\xff"[random() % 16]);
  }
}

void run(const std::string& input) {
  (void)LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  long runs = 20'000;
  unsigned long seed = 1;
  std::vector<std::string> corpus;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--runs" && i + 1 < argc)
      runs = std::strtol(argv[++i], nullptr, 10);
    else if (word == "--seed" && i + 1 < argc)
      seed = std::strtoul(argv[++i], nullptr, 10);
    else
      corpus = corpus_of(word);
  }
  if (corpus.empty()) return std::fprintf(stderr, "no corpus\n"), 2;
  std::printf("%zu inputs, %ld changes, seed %lu\n", corpus.size(), runs, seed);
  for (const std::string& input : corpus) run(input);
  std::mt19937_64 random(seed);
  for (long i = 0; i < runs; ++i) {
    std::string input = corpus[random() % corpus.size()];
    for (auto changes = 1 + random() % 6; changes > 0; --changes)
      change(input, corpus[random() % corpus.size()], random);
    run(input);
  }
  return 0;
}
