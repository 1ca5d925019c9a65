#include "common/io/modbus/open_questions.hpp"

#include <algorithm>

namespace balans {

std::deque<OpenQuestions::Question>& OpenQuestions::of(std::uint8_t unit, Time now) {
  std::deque<Question>& open = open_[unit];
  while (!open.empty() && now - open.front().asked >= forget_after_) open.pop_front();
  return open;
}

bool OpenQuestions::ambiguous(const AnswerForm& form, Time now) {
  return std::ranges::any_of(of(form.unit, now), [&](const Question& question) { return question.form == form; });
}

bool OpenQuestions::full(std::uint8_t unit, Time now) { return of(unit, now).size() >= kMostOpen; }

void OpenQuestions::asked(const AnswerForm& form, Time now) { of(form.unit, now).push_back({form, now}); }

OpenQuestions::Belongs OpenQuestions::answered(std::span<const std::uint8_t> message) {
  const auto unit = open_.find(message[0]);
  if (unit == open_.end()) return Belongs::ToNone;
  std::deque<Question>& open = unit->second;
  const auto question =
      std::ranges::find_if(open, [&](const Question& q) { return fit(q.form, message) != AnswerFit::No; });
  if (question == open.end()) return Belongs::ToNone;
  const bool newest = std::next(question) == open.end();
  open.erase(open.begin(), std::next(question));
  return newest ? Belongs::ToNewest : Belongs::ToEarlier;
}

bool RecentAnswers::looks_like_an_echo(std::span<const std::uint8_t> request, std::span<const std::uint8_t> message) {
  const std::deque<Exchange>& known = exchanges_[message[0]];
  for (auto newest = known.rbegin(); newest != known.rend(); ++newest) {
    // What came since without a question may have been newer, so an older value is no proof that nothing changed.
    if (newest->request.empty() && newest->message.size() == message.size() && newest->message[1] == message[1]) break;
    if (!std::ranges::equal(newest->request, request)) continue;
    if (std::ranges::equal(newest->message, message)) return false;  // it has simply not changed
    break;
  }
  return std::ranges::any_of(known, [&](const Exchange& e) { return std::ranges::equal(e.message, message); });
}

void RecentAnswers::seen(std::span<const std::uint8_t> request, std::span<const std::uint8_t> message) {
  std::deque<Exchange>& known = exchanges_[message[0]];
  std::erase_if(known, [&](const Exchange& e) {
    return std::ranges::equal(e.request, request) && std::ranges::equal(e.message, message);
  });
  known.push_back({{request.begin(), request.end()}, {message.begin(), message.end()}});
  if (known.size() > kKept) known.pop_front();
}

}  // namespace balans
