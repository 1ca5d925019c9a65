// What a stage does once everything runs: watching, breaking things on request, stopping, summing up.

#include <signal.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "sim/data/json_text.hpp"
#include "sim/stage/readings.hpp"
#include "sim/stage/stage.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t kMostKept = 100'000;
constexpr std::size_t kLastWords = 8;
constexpr std::size_t kMostTroubles = 100;
constexpr std::array<std::string_view, 4> kTroubles{"broker-lost", "fault", "message-refused", "meter-fails"};
constexpr std::chrono::milliseconds kLongestWait = 1000ms;

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

void keep(std::deque<json::object>& kept, json::object object) {
  kept.push_back(std::move(object));
  if (kept.size() > kMostKept) kept.pop_front();
}

/// Of the whole, and in each device's row.
void add_money(json::object& summary, const RunMoney& money) {
  summary["money"] = money.assets;
  json::value* devices = summary.if_contains("devices");
  if (!devices || !devices->is_array()) return;
  for (json::value& device : devices->get_array()) {
    const json::value* own =
        device.is_object() ? money.devices.if_contains(text_of(device.get_object(), "id")) : nullptr;
    if (own) device.get_object()["money"] = *own;
  }
}

}  // namespace

std::vector<std::string> Stage::processes() const { return start_order_; }

bool Stage::running(const std::string& process) {
  const auto found = processes_.find(process);
  return found != processes_.end() && found->second.child->running();
}

void Stage::kill(const std::string& process) {
  Process& target = processes_.at(process);
  target.expected_to_run = false;
  target.child->send(SIGKILL);
  target.child->wait_until_ended(5s);
}

void Stage::send(const std::string& process, int signal) { processes_.at(process).child->send(signal); }

Result<void> Stage::restart(const std::string& process) {
  Process& target = processes_.at(process);
  if (target.child->running()) return Error{process, "still runs"};
  if (process == "street") return Error{process, "would listen on other ports"};
  auto child = Child::start(target.spec);
  if (!child) return child.error();
  target.child = std::move(*child);
  target.expected_to_run = true;
  return {};
}

bool Stage::street_command_answered(std::int64_t line) {
  const std::string wanted = "{\"line\":" + std::to_string(line) + ",";
  return last_lines(folder_.out_of("street"), 20).find(wanted) != std::string::npos;
}

Result<void> Stage::tell_street(const std::string& json_line) {
  if (Result<void> written = processes_.at("street").child->write_line(json_line); !written) return written;
  const std::int64_t line = ++commands_;
  if (!wait_for([&] { return street_command_answered(line); }, options_.patience))
    return Error{"street", "does not answer to " + json_line};
  const std::string answer = last_lines(folder_.out_of("street"), 1);
  if (answer.find("\"ok\":true") == std::string::npos) return Error{"street", answer};
  return {};
}

void Stage::count_state(const std::string& process, const Event& event) {
  const json::value* at = event.if_contains("utc_ms");
  if (at && at->is_int64() && at->get_int64() > counted_until_.ms()) return;
  const std::string_view to = text_of(event, "to");
  if (to == "following") has_followed_.insert(process);
  if (to == "failsafe" && has_followed_.contains(process)) ++failsafe_entries_[process];
}

void Stage::note_trouble(const std::string& process, const Event& event) {
  const std::string_view name = text_of(event, "event");
  if (std::find(kTroubles.begin(), kTroubles.end(), name) == kTroubles.end()) return;
  const std::string kind = process + "\n" + std::string(name) + "\n" + std::string(text_of(event, "topic"));
  if (known_troubles_.size() >= kMostTroubles || !known_troubles_.insert(kind).second) return;
  std::string line = process + ": " + std::string(name);
  for (const char* key : {"meter", "topic", "text", "error", "reason"})
    if (const std::string_view text = text_of(event, key); !text.empty()) line += ": " + std::string(text);
  troubles_.push_back(std::move(line));
}

void Stage::take_event(const std::string& process, const std::string& line) {
  std::optional<json::object> event = parse_object(line);
  if (!event) return;
  if (text_of(*event, "event") == "state") count_state(process, *event);
  if (processes_.at(process).expected_to_run) note_trouble(process, *event);
  keep(processes_.at(process).seen, std::move(*event));
}

void Stage::read_truth() {
  for (const std::string& line : truth_file_.new_lines())
    if (std::optional<json::object> second = parse_object(line)) keep(truth_, std::move(*second));
}

void Stage::refresh() {
  for (const std::string& name : start_order_)
    for (const std::string& line : processes_.at(name).events.new_lines()) take_event(name, line);
  read_truth();
  note_deaths();
}

bool Stage::run_is_over() {
  if (!street_options_.minutes || running("street") || truth_.empty()) return false;
  const json::value* second = truth_.back().if_contains("s");
  const bool all_of_it = second && second->is_int64() && second->get_int64() >= *street_options_.minutes * 60;
  return all_of_it && processes_.at("street").child->ended_well();
}

void Stage::note_deaths() {
  for (auto& [name, process] : processes_) {
    if (!process.expected_to_run || process.child->running()) continue;
    process.expected_to_run = false;
    if (name == "street") read_truth();  // its last seconds may have come while we looked at others
    if (name == "street" && run_is_over()) continue;
    const std::string words = last_lines(process.spec.err, kLastWords);
    failures_.push_back(name + " " + process.child->ending() + (words.empty() ? "" : "; its last words:\n" + words));
  }
}

bool Stage::wait_for(const std::function<bool()>& done, std::chrono::milliseconds most) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  const std::size_t failures_before = failures_.size();
  for (;;) {
    refresh();
    if (done()) return true;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= 0ms || interrupted() || failures_.size() > failures_before) return false;
    std::vector<int> exits;
    for (auto& [name, process] : processes_)
      if (process.child->running()) exits.push_back(process.child->exit_fd());
    watch_.wait(std::min(left, kLongestWait), exits);
  }
}

const std::deque<Stage::Event>& Stage::events(const std::string& process) const { return processes_.at(process).seen; }

std::optional<Stage::Event> Stage::last_event(const std::string& process, std::string_view name) const {
  const auto found = processes_.find(process);
  if (found == processes_.end()) return std::nullopt;
  const auto& seen = found->second.seen;
  const auto last =
      std::find_if(seen.rbegin(), seen.rend(), [&](const Event& event) { return text_of(event, "event") == name; });
  return last == seen.rend() ? std::nullopt : std::optional(*last);
}

std::size_t Stage::count_events(const std::string& process, std::string_view name) const {
  const auto& seen = events(process);
  return static_cast<std::size_t>(
      std::count_if(seen.begin(), seen.end(), [&](const Event& event) { return text_of(event, "event") == name; }));
}

std::string Stage::page() const {
  return processes_.contains("api") ? "http://127.0.0.1:" + std::to_string(plan_.api_port) + "/" : "";
}

Result<std::int64_t> Stage::count_readings() {
  if (page().empty()) return std::int64_t{0};
  return count_stored_readings(page(), kSiteName, token_);
}

void Stage::stop_all() {
  for (auto& [name, process] : processes_) process.expected_to_run = false;
  // The broker last, so that the others can say goodbye.
  for (auto name = start_order_.rbegin(); name != start_order_.rend(); ++name) {
    if (*name == "broker") continue;
    processes_.at(*name).child->send(SIGCONT);
    processes_.at(*name).child->send(SIGTERM);
  }
  for (auto name = start_order_.rbegin(); name != start_order_.rend(); ++name) {
    Child& child = *processes_.at(*name).child;
    if (*name == "broker") child.send(SIGTERM);
    if (!child.wait_until_ended(5s)) {
      failures_.push_back(*name + " did not stop within 5 s");
      child.send(SIGKILL);
      child.wait_until_ended(5s);
    }
  }
}

json::object Stage::finish() {
  refresh();
  if (street_options_.minutes && !run_is_over()) failures_.push_back("stopped before the minutes were over");
  const Result<std::int64_t> readings = count_readings();
  const Result<json::object> chain = chain_summary();
  const Result<RunMoney> money = page().empty() ? RunMoney() : money_of(desk_, devices());
  counted_until_ = std::min(counted_until_, clock_->utc());
  stop_all();
  refresh();
  json::object summary = read_object(folder_.street() / "summary.json").value_or(json::object());
  if (summary.empty()) failures_.push_back("the street left no summary");
  add_agents_sums(summary);
  if (!readings) failures_.push_back("readings cannot be counted: " + readings.error().message());
  summary["readings_recorded"] = readings ? *readings : 0;
  if (!money) failures_.push_back("the money cannot be asked for: " + money.error().message());
  if (money && !money->assets.empty()) add_money(summary, *money);
  if (!chain) failures_.push_back("the chain cannot be asked: " + chain.error().message());
  if (chain && !chain->empty()) add_chain(summary, *chain);
  summary["ready_after_s"] = ready_after_s_;
  json::array failures;
  for (const std::string& failure : failures_) failures.emplace_back(failure);
  summary["failures"] = failures;
  return summary;
}

void Stage::add_agents_sums(json::object& summary) const {
  json::value* devices = summary.if_contains("devices");
  if (!devices || !devices->is_array()) return;
  for (json::value& device : devices->get_array()) {
    if (!device.is_object()) continue;
    const auto entries = failsafe_entries_.find(std::string(text_of(device.get_object(), "id")));
    device.get_object()["failsafe_entries"] = entries == failsafe_entries_.end() ? 0 : entries->second;
  }
}

}  // namespace balans::sim
