// The short way of reading: it takes what the long way takes, and gives the same.
#include <gtest/gtest.h>

#include <random>

#include "common/messages/batch.hpp"
#include "common/messages/canonical.hpp"

namespace balans {
namespace {

ReadingBatch sample(std::mt19937_64& random) {
  const auto below = [&random](std::int64_t bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
  };
  ReadingBatch batch;
  batch.agent = *AgentId::parse("charger-1");
  batch.previous.bytes.fill(static_cast<std::uint8_t>(random()));
  batch.head = batch.previous;
  const std::uint64_t first = random() % 100;
  const std::uint64_t count = 1 + random() % 5;
  for (std::uint64_t i = 0; i < count; ++i) {
    Reading r;
    r.seq = first + i;
    r.boot.value = random() >> (random() % 64);
    r.at = AgentTime(below(1'000'000));
    if (random() % 3 != 0) r.utc = UnixTime(below(253'402'300'799'000));
    r.energy_import = WattHours(below(1'000'000'000'000));
    for (Phase p : kPhases) r.mean[p] = Milliamps(below(20'000) - 10'000);
    r.state = static_cast<AgentState>(random() % 4);
    batch.readings.push_back(r);
    batch.head = chain(batch.head, r);
  }
  return batch;
}

/// Something that may or may not be a batch still.
std::string changed(std::string text, std::mt19937_64& random) {
  const std::string_view letters = "0123456789-+.eE\"\\,:[]{} anul\x7f\n";
  const std::size_t place = random() % text.size();
  const char letter = letters[random() % letters.size()];
  switch (random() % 3) {
    case 0:
      text[place] = letter;
      break;
    case 1:
      text.insert(place, 1, letter);
      break;
    default:
      text.erase(place, 1 + random() % 3);
  }
  return text;
}

/// With a space in front only the strict reader takes it.
Result<BatchByReading> read_strictly(const std::string& text) { return decode_by_reading(" " + text); }

void expect_same(const std::string& text) {
  const auto found = decode_by_reading(text);
  const auto strict = read_strictly(text);
  ASSERT_EQ(found.ok(), strict.ok()) << text;
  if (!found) return;
  EXPECT_FALSE(strict->as_encoded);
  EXPECT_EQ(found->batch, strict->batch) << text;
  EXPECT_EQ(found->places, strict->places) << text;
  EXPECT_EQ(found->refused.size(), strict->refused.size()) << text;
  EXPECT_EQ(found->whole, strict->whole) << text;
  EXPECT_EQ(found->as_encoded, encode(found->batch) == text) << text;
}

TEST(CanonicalReader, TakesEveryBatchThatIsEncodedAndReadsItAsTheStrictOneDoes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    const std::string text = encode(sample(random));
    expect_same(text);
    EXPECT_TRUE(decode_by_reading(text)->as_encoded) << text;
    EXPECT_TRUE(decode_by_reading(text)->whole) << text;
  }
}

TEST(CanonicalReader, AgreesWithTheStrictOneOnWhateverIsAlmostABatch) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20'000; ++i) expect_same(changed(encode(sample(random)), random));
}

TEST(CanonicalReader, TakesASignedTextOnlyWhereItIsWrittenAgainLetterForLetter) {
  std::mt19937_64 random(3);
  SignedMessage message{"readings", R"({"a":"\\\"b"})", {}, {}};
  message.key.bytes.fill(0xab);
  message.signature.bytes.fill(0x12);
  const std::string text = text_of(message);
  ASSERT_TRUE(parse_as_sealed(text));
  for (int i = 0; i < 20'000; ++i) {
    const std::string other = changed(text, random);
    const auto found = parse_as_sealed(other);
    const auto strict = parse_signed(" " + other);
    if (!found) continue;
    EXPECT_EQ(text_of(*found), other);
    EXPECT_TRUE(strict) << other;
  }
}

TEST(CanonicalReader, LeavesNumbersThatAreNotWrittenSoToOthers) {
  const auto reads = [](std::string_view text) {
    canonical::Scanner scanner(text);
    scanner.integer(-1000, 999'999'999'999'999'999);
    return scanner.read_all();
  };
  for (const char* fine : {"0", "7", "-7", "1000", "999999999999999999"}) EXPECT_TRUE(reads(fine)) << fine;
  for (const char* other :
       {"", "-", "-0", "00", "07", "+7", "7.0", "7e0", "-1001", "1000000000000000000", "99999999999999999999999999"})
    EXPECT_FALSE(reads(other)) << other;
}

}  // namespace
}  // namespace balans
