#include "common/io/modbus/line.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <set>
#include <utility>

namespace balans {
namespace {

using Steady = std::chrono::steady_clock;
using Words = std::vector<std::uint16_t>;

LineTime to_line(Steady::time_point time) {
  return LineTime(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
}
Steady::time_point to_steady(LineTime time) { return Steady::time_point(std::chrono::milliseconds(time.ms())); }

std::string endpoint_text(const ModbusEndpoint& endpoint) {
  if (const auto* tcp = std::get_if<ModbusTcpEndpoint>(&endpoint)) return tcp->host + ":" + std::to_string(tcp->port);
  return std::get<ModbusSerialEndpoint>(endpoint).device;
}

/// Why a user with `wanted` cannot speak where others use `spoken`.
std::optional<std::string> format_conflict(const ModbusEndpoint& spoken, const ModbusEndpoint& wanted) {
  const auto* one = std::get_if<ModbusSerialEndpoint>(&spoken);
  const auto* other = std::get_if<ModbusSerialEndpoint>(&wanted);
  if (one == nullptr || other == nullptr || one->format == other->format) return std::nullopt;
  return "others speak " + text_of(one->format) + " on this line, and it wants " + text_of(other->format);
}

}  // namespace

struct LineUser::Request {
  LineRequest rank;
  std::uint16_t address = 0;
  std::optional<ReadFunction> read;
  std::uint16_t count = 0;
  WriteFunction write = WriteFunction::Register;
  Words words;

  const LineUser* user = nullptr;
  std::optional<Result<Words>> answer;  ///< under the line's lock

  Result<Words> run(Transport& client) const {
    if (read) return client.read(*read, rank.unit, address, count);
    const auto done = client.write(write, rank.unit, address, words);
    return done ? Result<Words>(Words()) : Result<Words>(done.error());
  }
};

/// The client, and what waits for it. It has no thread: of those who wait one leads. It serves whoever's turn it is
/// until its own request is answered, and then leaves the lead to another.
class LineUser::Line {
 public:
  using Pending = std::shared_ptr<Request>;

  Line(ModbusClientOptions client, const LineLimits& limits)
      : endpoint_(client.endpoint), schedule_(limits), client_(std::move(client)) {}

  [[nodiscard]] const ModbusEndpoint& endpoint() const { return endpoint_; }

  Result<Words> ask(const Pending& request) {
    std::unique_lock lock(mutex_);
    if (gone_.contains(request->user)) return closing();
    schedule_.set_gap(request->rank.unit, request->user->options_.min_gap);
    const auto id = schedule_.submit(request->rank, to_line(Steady::now()));
    if (!id) return id.error();
    waiting_.emplace(*id, request);
    tell_others();
    changed_.wait(lock, [&] { return request->answer || !led_; });
    if (!request->answer) lead(*request, lock);
    return *request->answer;
  }

  void cancel(const LineUser* user) {
    const std::lock_guard lock(mutex_);
    gone_.insert(user);
    for (auto one = waiting_.begin(); one != waiting_.end();) {
      if (one->second->user != user) {
        ++one;
        continue;
      }
      schedule_.cancel(one->first);
      one->second->answer = closing();
      one = waiting_.erase(one);
    }
    if (serving_ && serving_->user == user && !serving_->answer) serving_->answer = closing();
    tell_others();
  }

  void forget(const LineUser* user) {
    const std::lock_guard lock(mutex_);
    gone_.erase(user);
  }

 private:
  static Error closing() { return {"", "not asked any more"}; }

  void tell_others() {
    ++changes_;
    changed_.notify_all();
  }

  void lead(const Request& own, std::unique_lock<std::mutex>& lock) {
    led_ = true;
    while (!own.answer) {
      const LineSchedule::Step step = schedule_.next(to_line(Steady::now()));
      const auto anything_new = [n = changes_, this] { return changes_ != n; };
      if (const auto* serve = std::get_if<LineSchedule::Serve>(&step))
        this->serve(serve->id, lock);
      else if (const auto* refuse = std::get_if<LineSchedule::Refuse>(&step))
        settle(take(refuse->id), Error{"", refuse->why});
      else if (const auto* wait = std::get_if<LineSchedule::WaitUntil>(&step))
        changed_.wait_until(lock, to_steady(wait->time), anything_new);
      else
        changed_.wait(lock, anything_new);
    }
    led_ = false;
    if (!waiting_.empty()) changed_.notify_all();
  }

  void serve(LineSchedule::Id id, std::unique_lock<std::mutex>& lock) {
    serving_ = take(id);
    lock.unlock();
    Result<Words> answer = serving_->run(client_);
    lock.lock();
    schedule_.finished(serving_->rank.unit, client_.heard(), to_line(Steady::now()));
    settle(std::exchange(serving_, nullptr), std::move(answer));
  }

  Pending take(LineSchedule::Id id) {
    auto node = waiting_.extract(id);
    return std::move(node.mapped());
  }

  void settle(const Pending& request, Result<Words> answer) {
    if (!request->answer) request->answer = std::move(answer);
    tell_others();
  }

  const ModbusEndpoint endpoint_;
  std::mutex mutex_;
  std::condition_variable changed_;
  LineSchedule schedule_;
  std::map<LineSchedule::Id, Pending> waiting_;
  std::uint64_t changes_ = 0;  ///< of what waits or is answered
  bool led_ = false;
  std::set<const LineUser*> gone_;
  Pending serving_;
  ModbusClient client_;  // of the thread that leads
};

LineUser::LineUser(std::shared_ptr<Line> line, LineUserOptions options, std::optional<std::string> refusal)
    : line_(std::move(line)), options_(std::move(options)), refusal_(std::move(refusal)) {}

LineUser::~LineUser() {
  line_->cancel(this);
  line_->forget(this);
}

void LineUser::cancel() { line_->cancel(this); }

Result<Words> LineUser::ask(Request request) {
  const auto now = Steady::now();
  request.user = this;
  request.rank.urgency = turn_.urgency;
  request.rank.due = to_line(std::min(turn_.due.value_or(now), now));
  if (turn_.not_after) request.rank.not_after = to_line(*turn_.not_after);
  const auto shared = std::make_shared<Request>(std::move(request));
  Result<Words> answer = refusal_ ? Result<Words>(Error{"", *refusal_}) : line_->ask(shared);
  if (answer) return answer;
  const Error& error = answer.error();
  if (!error.where.empty()) return Error{options_.name + " " + error.where, error.what};
  return Error{options_.name + " " + endpoint_text(line_->endpoint()) + " unit " + std::to_string(shared->rank.unit) +
                   ", register " + std::to_string(shared->address),
               error.what};
}

Result<Words> LineUser::read(ReadFunction function, std::uint8_t unit, std::uint16_t address, std::uint16_t count) {
  Request request;
  request.rank.unit = unit;
  request.address = address;
  request.read = function;
  request.count = count;
  return ask(std::move(request));
}

Result<void> LineUser::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                             std::span<const std::uint16_t> words) {
  Request request;
  request.rank.unit = unit;
  request.address = address;
  request.write = function;
  request.words.assign(words.begin(), words.end());
  const auto done = ask(std::move(request));
  return done ? Result<void>() : Result<void>(done.error());
}

ModbusLines::ModbusLines(ModbusClientOptions client, const LineLimits& limits)
    : client_(std::move(client)), limits_(limits) {}

std::unique_ptr<LineUser> ModbusLines::join(const ModbusEndpoint& endpoint, const LineUserOptions& user) {
  const std::lock_guard lock(mutex_);
  std::erase_if(lines_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<LineUser::Line>& known = lines_[line_key(endpoint)];
  std::shared_ptr<LineUser::Line> line = known.lock();
  if (!line) {
    ModbusClientOptions options = client_;
    options.endpoint = endpoint;
    line = std::make_shared<LineUser::Line>(std::move(options), limits_);
    known = line;
  }
  auto conflict = format_conflict(line->endpoint(), endpoint);
  return std::unique_ptr<LineUser>(new LineUser(std::move(line), user, std::move(conflict)));
}

std::string line_key(const ModbusEndpoint& endpoint) {
  const auto* serial = std::get_if<ModbusSerialEndpoint>(&endpoint);
  if (serial == nullptr) {
    std::string text = endpoint_text(endpoint);
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return text;
  }
  std::error_code ignored;
  const auto path = std::filesystem::weakly_canonical(serial->device, ignored);
  return ignored ? serial->device : path.string();
}

}  // namespace balans
