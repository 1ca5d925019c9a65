#include "tests/faults/street_under_fault.hpp"

#include <stdlib.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fstream>

#include "sim/data/local_time.hpp"

namespace balans::sim {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* kStart = "2019-04-03T12:00";

UnixTime start_of_run() { return UnixTime(parse_local_time(kStart)->ms()); }

UnixTime time_of(const Stage::Event& event) { return UnixTime(event.at("utc_ms").as_int64()); }

/// 2 kW on each phase, all day.
void write_flat_feeder(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "loads.csv") << "load,phase,nphases,rated_kw,pf\nhomes,A,3,6,1\n";
  std::ofstream profiles(folder / "load_profiles.csv");
  profiles << "minute,homes\n";
  for (int minute = 1; minute <= 1440; ++minute) profiles << minute << ",1\n";
}

/// Nobody comes by himself while a test runs.
void write_no_sessions(const std::filesystem::path& file) {
  std::ofstream(file) << "location,user_id,arrival,departure,energy_kwh,max_rate_kw\n"
                         "here,late,2019-04-09T12:00:00,2019-04-09T13:00:00,1,3.6\n";
}

PerPhase<Milliamps> amperes(const json::object& second, const char* key) {
  PerPhase<Milliamps> result;
  for (Phase p : kPhases) {
    const auto index = static_cast<std::size_t>(p);
    const std::int64_t voltage = second.at("voltage_mv").as_array()[index].as_int64();
    result[p] = Milliamps(second.at(key).as_array()[index].as_int64() * 1'000'000 / voltage);
  }
  return result;
}

Milliamps largest(const json::value& three) {
  Milliamps result;
  for (const json::value& each : three.as_array()) result = std::max(result, Milliamps(each.as_int64()));
  return result;
}

Second second_of(const json::object& line) {
  Second second{start_of_run() + Millis(line.at("s").as_int64() * 1000),
                amperes(line, "base_va"),
                amperes(line, "load_va"),
                line.at("overload").as_bool(),
                {}};
  for (const auto& [id, device] : line.at("devices").as_object())
    second.devices[std::string(id)] = {largest(device.at("ma")), Milliamps(device.at("allowed_ma").as_int64()),
                                       device.at("fallen_back").as_bool()};
  return second;
}

}  // namespace

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "balans-faults-XXXXXX").string();
  path_ = mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Milliamps Second::allowed_in_all() const {
  Milliamps sum;
  for (const auto& [id, device] : devices) sum += device.allowed;
  return sum;
}

void StreetUnderFault::begin(Pace pace) {
  pace_ = pace;
  write_flat_feeder(data_ / "feeder");
  write_no_sessions(data_ / "sessions.csv");
  StageOptions options;
  options.street.feeder = (data_ / "feeder").string();
  options.street.sessions = (data_ / "sessions.csv").string();
  options.street.start = kStart;
  options.street.speed = pace.speed;
  options.street.transformer_kva = static_cast<double>(kRated.count()) / 1000;
  options.street.devices = kChargers;
  options.street.devices_dir = BALANS_DEVICES;
  options.street.data_dir = "/nonexistent";
  options.programs = BALANS_PROGRAMS;
  options.reading_every = pace.reading_every;
  options.run_in = 1s;
  options.patience = kPatience;
  // Somebody who looks for the cause of a failure names a folder that keeps the runs.
  if (const char* kept = getenv("BALANS_KEEP_RUNS"))
    options.keep = std::filesystem::path(kept) / testing::UnitTest::GetInstance()->current_test_info()->name() / "run";
  Result<std::unique_ptr<Stage>> stage = Stage::create(options);
  ASSERT_TRUE(stage.ok()) << stage.error().message();
  stage_ = std::move(*stage);
  const Result<void> started = stage_->start();
  ASSERT_TRUE(started.ok()) << started.error().message() << " "
                            << (stage_->failures().empty() ? "" : stage_->failures().front());
}

void StreetUnderFault::TearDown() {
  if (!stage_) return;
  for (const std::string& failure : stage_->failures()) ADD_FAILURE() << failure;
  stage_.reset();
}

void StreetUnderFault::tell(const std::string& command) {
  const Result<void> told = stage_->tell_street(command);
  ASSERT_TRUE(told.ok()) << told.error().message();
}

void StreetUnderFault::plug_cars() {
  for (const std::string& charger : kChargers)
    tell(R"({"car":")" + charger + R"(","plug":{"kwh":20,"phases":3,"max_a":16}})");
  ASSERT_TRUE(wait_for([&] {
    const std::optional<Second> second = newest();
    return second && std::all_of(kChargers.begin(), kChargers.end(),
                                 [&](const std::string& id) { return second->devices.at(id).drawn >= kTwoShares; });
  })) << "the cars do not charge";
}

bool StreetUnderFault::wait_until(UnixTime time) {
  return wait_for([&] {
    const std::optional<Second> second = newest();
    return second && second->at >= time;
  });
}

std::vector<Second> StreetUnderFault::truth_since(UnixTime from) const {
  std::vector<Second> result;
  for (const Stage::Event& line : stage_->truth()) {
    Second second = second_of(line);
    if (second.at >= from) result.push_back(std::move(second));
  }
  return result;
}

std::optional<Second> StreetUnderFault::newest() const {
  if (stage_->truth().empty()) return std::nullopt;
  return second_of(stage_->truth().back());
}

std::optional<UnixTime> StreetUnderFault::first_event(const std::string& process, std::string_view name,
                                                      UnixTime from) const {
  for (const Stage::Event& event : stage_->events(process))
    if (text_of(event, "event") == name && time_of(event) >= from) return time_of(event);
  return std::nullopt;
}

std::vector<SentLimit> StreetUnderFault::sent_limits() const {
  std::vector<SentLimit> result;
  std::map<std::string, Milliamps> before;
  for (const Stage::Event& event : stage_->events("trafo")) {
    if (text_of(event, "event") != "limit-sent") continue;
    const std::string agent(text_of(event, "agent"));
    const Milliamps max = largest(event.at("ma"));
    result.push_back({time_of(event), agent, event.at("epoch").as_int64(), max, before[agent]});
    before[agent] = max;
  }
  return result;
}

std::optional<UnixTime> StreetUnderFault::first_raise(const std::string& agent, UnixTime from) const {
  for (const SentLimit& limit : sent_limits())
    if (limit.agent == agent && limit.at >= from && limit.raises()) return limit.at;
  return std::nullopt;
}

std::optional<UnixTime> StreetUnderFault::fallen_back(const std::string& device, UnixTime from) const {
  for (const Second& second : truth_since(from)) {
    const Second::Device& found = second.devices.at(device);
    if (found.fallen_back && found.allowed == Milliamps() && found.drawn == Milliamps()) return second.at;
  }
  return std::nullopt;
}

std::int64_t StreetUnderFault::longest_overload(UnixTime from) const {
  std::int64_t longest = 0;
  std::int64_t lasting = 0;
  for (const Second& second : truth_since(from)) {
    lasting = second.overload ? lasting + 1 : 0;
    longest = std::max(longest, lasting);
  }
  return longest;
}

void StreetUnderFault::expect_within_budget(UnixTime from) const {
  constexpr Milliamps kRounding = 50_mA;
  for (const Second& second : truth_since(from))
    for (Phase p : kPhases) {
      ASSERT_LE(second.base[p] + second.allowed_in_all(), kUsable + kRounding)
          << "devices may draw more than there is, " << (second.at - from).count() / 1000 << " s after the fault";
      ASSERT_LE(second.load[p], kUsable + kRounding);
    }
}

}  // namespace balans::sim
