// Plans against the fewest requests that are possible.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

#include "common/io/device_file/device_file.hpp"
#include "common/registers/driver_spans.hpp"
#include "common/registers/image.hpp"
#include "common/registers/read_plan.hpp"
#include "tests/bench/polls/fewest_requests.hpp"
#include "tests/support/environment.hpp"

namespace balans {
namespace {

using bench::fewest_requests;
using bench::may_be_asked;
using Spans = std::vector<RegisterSpan>;

bool covers(const RegisterSpan& request, const RegisterSpan& value) {
  return request.function == value.function && request.unit_id == value.unit_id && request.address <= value.address &&
         request.address + request.count >= value.address + value.count;
}

std::string shown(const Spans& wanted, const RequestLimits& limits) {
  std::string text = "max " + std::to_string(limits.max_registers) + ", gap " + std::to_string(limits.max_gap) + ":";
  for (const RegisterSpan& span : wanted) text += " " + std::to_string(span.address) + "+" + std::to_string(span.count);
  for (const RegisterSpan& block : limits.blocks)
    text += " block " + std::to_string(block.address) + "+" + std::to_string(block.count);
  return text;
}

/// Few requests are no merit of a plan that reads too little or what must not be asked.
void expect_sound(const Spans& plan, const Spans& wanted, const RequestLimits& limits) {
  for (const RegisterSpan& request : plan)
    EXPECT_TRUE(may_be_asked(request, wanted, limits)) << request.address << "+" << request.count;
  for (const RegisterSpan& value : wanted)
    EXPECT_TRUE(std::ranges::any_of(plan, [&](const RegisterSpan& request) { return covers(request, value); }))
        << value.address << "+" << value.count;
}

class RandomTables {
 public:
  explicit RandomTables(std::uint64_t seed) : random_(seed) {}

  std::uint16_t below(unsigned n) { return static_cast<std::uint16_t>(random_() % n); }
  Spans values(unsigned most, unsigned places) {
    Spans wanted(1U + below(most));
    for (RegisterSpan& span : wanted) {
      span.function = below(4) == 0 ? ReadFunction::InputRegisters : ReadFunction::HoldingRegisters;
      span.unit_id = below(8) == 0 ? 200 : kOwnUnit;
      span.address = below(places);
      span.count = static_cast<std::uint16_t>(1U << below(3));
    }
    return wanted;
  }
  RequestLimits limits(unsigned places) {
    RequestLimits limits;
    limits.max_registers = static_cast<std::uint16_t>(1 + below(20));
    limits.max_gap = below(3) == 0 ? std::uint16_t{0} : below(6);
    for (unsigned n = below(3); n > 0; --n)
      limits.blocks.push_back(
          {ReadFunction::HoldingRegisters, below(places), static_cast<std::uint16_t>(2 + below(12))});
    return limits;
  }

 private:
  std::mt19937_64 random_;
};

std::uint64_t seed() { return static_cast<std::uint64_t>(number_from_environment("BALANS_SEED", 7)); }

/// Every set of requests, the smallest first: nothing can be missed.
std::size_t fewest_by_trying(const Spans& wanted, const RequestLimits& limits) {
  std::vector<std::uint32_t> sets;  // which values each possible request reads
  for (unsigned begin = 0; begin < 32; ++begin)
    for (unsigned end = begin + 1; end <= 32; ++end) {
      const RegisterSpan request{ReadFunction::HoldingRegisters, static_cast<std::uint16_t>(begin),
                                 static_cast<std::uint16_t>(end - begin)};
      if (!may_be_asked(request, wanted, limits)) continue;
      std::uint32_t read = 0;
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (covers(request, wanted[i])) read |= 1U << i;
      if (read != 0) sets.push_back(read);
    }
  const std::uint32_t all = (1U << wanted.size()) - 1;
  std::set<std::uint32_t> reached{0};
  for (std::size_t requests = 0; requests <= wanted.size(); ++requests) {
    if (reached.contains(all)) return requests;
    std::set<std::uint32_t> more;
    for (const std::uint32_t before : reached)
      for (const std::uint32_t set : sets) more.insert(before | set);
    reached = std::move(more);
  }
  return 0;
}

TEST(FewestRequests, AreThoseThatTryingEverythingFinds) {
  RandomTables random(seed());
  for (int round = 0; round < 100; ++round) {
    Spans wanted = random.values(6, 20);
    for (RegisterSpan& span : wanted) {
      span.function = ReadFunction::HoldingRegisters;
      span.unit_id = kOwnUnit;
    }
    RequestLimits limits = random.limits(20);
    ASSERT_EQ(fewest_requests(wanted, limits), fewest_by_trying(wanted, limits))
        << "seed " << seed() << ", round " << round << ": " << shown(wanted, limits);
  }
}

TEST(ReadPlan, NeedsNoMoreRequestsThanTheFewestPossibleWhateverTheLayout) {
  RandomTables random(seed());
  for (int round = 0; round < 1000; ++round) {
    const unsigned places = 20U + random.below(80);
    const Spans wanted = random.values(24, places);
    const RequestLimits limits = random.limits(places);
    const Spans plan = plan_reads(wanted, limits);
    SCOPED_TRACE("seed " + std::to_string(seed()) + ", round " + std::to_string(round) + ", " + shown(wanted, limits));
    expect_sound(plan, wanted, limits);
    ASSERT_EQ(plan.size(), fewest_requests(wanted, limits));
    ASSERT_FALSE(HasFailure());
  }
}

TEST(ReadPlan, NeedsNoMoreRequestsThanTheFewestPossibleForAnyDeviceFile) {
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("config/devices")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto loaded = load_device(entry.path());
    ASSERT_TRUE(loaded) << loaded.error().message();
    const DeviceDescription device = RegisterImage(*loaded).description();  // its models have places there
    const Spans wanted = poll_spans(device);
    const Spans plan = plan_reads(wanted, device.requests);
    SCOPED_TRACE(device.name);
    expect_sound(plan, wanted, device.requests);
    EXPECT_EQ(plan.size(), fewest_requests(wanted, device.requests));
    ++files;
  }
  EXPECT_GE(files, 72);
}

}  // namespace
}  // namespace balans
