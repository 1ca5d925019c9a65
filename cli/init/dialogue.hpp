#pragma once
// Questions in plain words. Each has a flag; what a flag has answered is not asked. On a terminal a wrong answer is
// asked for again; elsewhere nothing is asked, and what is missing is an error that names the flag.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "common/ids.hpp"
#include "common/phases.hpp"
#include "common/result.hpp"
#include "common/units.hpp"

namespace balans::cli {

using Given = std::optional<std::string>;  ///< by a flag

struct Question {
  std::string flag;       ///< "--kva"
  std::string text;       ///< "What does its name plate say, in kVA?"
  std::string otherwise;  ///< taken where there is no answer; empty: there has to be one
};

class Dialogue {
 public:
  enum class Mode : std::uint8_t { Asks, Silent };
  Dialogue(Mode mode, std::istream& in, std::ostream& out) : mode_(mode), in_(in), out_(out) {}

  [[nodiscard]] bool asks() const { return mode_ == Mode::Asks; }
  void say(const std::string& text);
  /// What only those want to read who are asked.
  void explain(const std::string& text) {
    if (asks()) say(text);
  }

  /// What `parse`, a function from const std::string& to a Result, makes of the answer.
  template <class Parse>
  auto ask(const Question& question, const Given& given, Parse parse) {
    using Answer = std::decay_t<decltype(parse(std::string()))>;
    if (given || !asks()) {
      const Result<std::string> text = without_asking(question, given);
      Answer answer = text ? parse(*text) : Answer(text.error());
      return answer ? answer : Answer(Error{question.flag, answer.error().message()});
    }
    for (int tries = 1;; ++tries) {
      const Result<std::string> text = line(question);
      if (!text) return Answer(text.error());
      Answer answer = parse(*text);
      if (answer) return answer;
      if (tries == kTries) return Answer(Error{question.flag, answer.error().message()});
      say("  " + answer.error().message());
    }
  }
  Result<std::string> text(const Question& question, const Given& given);
  /// An empty answer is one.
  Result<std::string> text_or_nothing(const Question& question, const Given& given);
  Result<bool> yes(const Question& question);

 private:
  static constexpr int kTries = 5;

  static Result<std::string> without_asking(const Question& question, const Given& given);
  Result<std::string> line(const Question& question);

  Mode mode_;
  std::istream& in_;
  std::ostream& out_;
};

// ---- what answers are ----

Result<Milliamps> parse_amps(const std::string& text);                 ///< "16", "16.5", "16 A"
Result<VoltAmps> parse_kva(const std::string& text);                   ///< "250", "250 kVA"
Result<std::string> parse_percent(const std::string& text);            ///< "4", "4.5 %", "": without its sign
Result<std::optional<Millis>> parse_revert(const std::string& text);   ///< "60", "60 s", "none"
Result<std::vector<Phase>> parse_phase_list(const std::string& text);  ///< "L1,L2", "L1+L2", "L1 L2"

/// "charger-1,max_a=16,failsafe_a=6": a thing with a name.
struct NamedParts {
  std::string name;
  std::map<std::string, std::string> parts;
  [[nodiscard]] Given part(const std::string& key) const;
};
/// `flag` is for errors; keys that are not among `known` are refused.
Result<NamedParts> parse_named_parts(const std::string& flag, const std::string& text,
                                     const std::vector<std::string>& known);

}  // namespace balans::cli
