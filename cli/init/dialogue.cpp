#include "cli/init/dialogue.hpp"

#include <signal.h>

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>

#include "common/io/device_file/units.hpp"

namespace balans::cli {
namespace {

constexpr std::size_t kLongestAnswer = 1000;

std::string trimmed(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  text.erase(text.begin(), std::ranges::find_if_not(text, is_space));
  while (!text.empty() && is_space(text.back())) text.pop_back();
  return text;
}

/// "16 A" as "16".
std::string without_unit(std::string text, const std::string& unit) {
  if (text.size() > unit.size() && text.ends_with(unit)) text.resize(text.size() - unit.size());
  return trimmed(std::move(text));
}

Result<std::int64_t> number(const std::string& text, const std::string& unit, Unit as) {
  const auto value = in_base_units(without_unit(text, unit), as);
  if (!value || *value < 0) {
    const bool comma = text.find(',') != std::string::npos;
    return Error{"'" + text + "'", "expected a number of " + unit + (comma ? ", with a point and no comma" : "")};
  }
  return *value;
}

/// While somebody is asked, Ctrl-C and a closed window end the answer and not the process: it still tidies up.
class Interruptible {
 public:
  Interruptible() {
    struct sigaction quiet {};
    quiet.sa_handler = [](int) {};  // without SA_RESTART reading ends
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &quiet, &before_[i]);
  }
  ~Interruptible() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace

void Dialogue::say(const std::string& text) { out_ << text << '\n' << std::flush; }

Result<std::string> Dialogue::without_asking(const Question& question, const Given& given) {
  if (given) return *given;
  if (!question.otherwise.empty()) return question.otherwise;
  return Error{"", "is missing: " + question.text};
}

Result<std::string> Dialogue::line(const Question& question) {
  out_ << question.text;
  if (!question.otherwise.empty()) out_ << " [" << question.otherwise << "]";
  out_ << ' ' << std::flush;
  std::string answer;
  const Interruptible interruptible;
  if (!std::getline(in_, answer)) return Error{question.flag, "was not answered: " + question.text};
  answer = trimmed(answer.substr(0, kLongestAnswer));
  return answer.empty() ? question.otherwise : answer;
}

Result<std::string> Dialogue::text(const Question& question, const Given& given) {
  return ask(question, given, [](const std::string& text) -> Result<std::string> {
    if (text.empty()) return Error{"", "there has to be an answer"};
    if (text.find_first_of("\"\\\n") != std::string::npos) return Error{"", "no quotes and no backslashes"};
    return text;
  });
}

Result<std::string> Dialogue::text_or_nothing(const Question& question, const Given& given) {
  if (!given && !asks()) return question.otherwise;
  if (given && given->empty()) return std::string();
  return ask(question, given, [](const std::string& text) -> Result<std::string> {
    if (text.find_first_of("\"\\\n") != std::string::npos) return Error{"", "no quotes and no backslashes"};
    return text;
  });
}

Result<bool> Dialogue::yes(const Question& question) {
  return ask(question, std::nullopt, [](const std::string& text) -> Result<bool> {
    if (text == "yes" || text == "y") return true;
    if (text == "no" || text == "n") return false;
    return Error{"", "expected yes or no"};
  });
}

Result<Milliamps> parse_amps(const std::string& text) {
  const auto value = number(text, "A", {Dimension::Current, 3});
  return value ? Result<Milliamps>(Milliamps(*value)) : Result<Milliamps>(value.error());
}

Result<VoltAmps> parse_kva(const std::string& text) {
  const auto value = number(text, "kVA", {Dimension::Power, 3});
  if (!value) return value.error();
  if (VoltAmps(*value) < 1_kVA || VoltAmps(*value) > 5000_kVA) return Error{"'" + text + "'", "expected 1 to 5000 kVA"};
  return VoltAmps(*value);
}

Result<std::string> parse_percent(const std::string& text) {
  if (text.empty()) return text;
  const auto value = number(text, "%", {Dimension::None, 3});
  if (!value) return value.error();
  if (*value < 100 || *value > 100'000) return Error{"'" + text + "'", "expected 0.1 to 100 %, or nothing"};
  return without_unit(text, "%");
}

Result<std::optional<Millis>> parse_revert(const std::string& text) {
  if (text == "none") return std::optional<Millis>();
  const auto value = number(text, "s", {Dimension::Time, 3});
  if (!value || Millis(*value) < 1_s || Millis(*value) > 3600_s)
    return Error{"'" + text + "'", "expected 1 to 3600 seconds, or none"};
  return std::optional(Millis(*value));
}

Result<std::vector<Phase>> parse_phase_list(const std::string& text) {
  std::vector<Phase> phases;
  std::string left = text;
  std::ranges::replace_if(
      left, [](char c) { return c == ',' || c == '+' || c == '[' || c == ']'; }, ' ');
  while (!(left = trimmed(left)).empty()) {
    const std::size_t end = std::min(left.find(' '), left.size());
    const auto found = std::ranges::find(kPhases, left.substr(0, end), [](Phase p) { return std::string(name_of(p)); });
    if (found == kPhases.end() || std::ranges::find(phases, *found) != phases.end())
      return Error{"'" + text + "'", "expected different ones of L1, L2, L3"};
    phases.push_back(*found);
    left.erase(0, end);
  }
  if (phases.empty()) return Error{"'" + text + "'", "expected different ones of L1, L2, L3"};
  return phases;
}

Given NamedParts::part(const std::string& key) const {
  const auto found = parts.find(key);
  return found == parts.end() ? std::nullopt : Given(found->second);
}

Result<NamedParts> parse_named_parts(const std::string& flag, const std::string& text,
                                     const std::vector<std::string>& known) {
  NamedParts named;
  std::size_t begin = std::min(text.find(','), text.size());
  named.name = trimmed(text.substr(0, begin));
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(',', begin + 1), text.size());
    const std::string part = text.substr(begin + 1, end - begin - 1);
    const std::size_t equals = part.find('=');
    const std::string key = trimmed(part.substr(0, equals));
    if (equals == std::string::npos || std::ranges::find(known, key) == known.end()) {
      std::string keys;
      for (const std::string& one : known) keys += " " + one + "=";
      return Error{flag + " " + named.name, "'" + part + "' is not one of" + keys};
    }
    named.parts[key] = trimmed(part.substr(equals + 1));
    begin = end;
  }
  return named;
}

}  // namespace balans::cli
