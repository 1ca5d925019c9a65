#include "api/ledger/iota/bcs.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace balans::bcs {
namespace {

/// What reading one value says of the bytes.
template <class Read>
bool takes(std::string_view bytes, Read&& read) {
  Decoder in(bytes);
  read(in);
  return in.finish().ok();
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (int value : values) text.push_back(static_cast<char>(value));
  return text;
}

const auto kUleb = [](Decoder& in) { in.uleb128(); };
const auto kText = [](Decoder& in) { in.string(100); };
const auto kBool = [](Decoder& in) { in.boolean(); };

TEST(Bcs, WritesIntegersWithTheLeastSignificantByteFirst) {
  Encoder out;
  out.u8(1), out.u16(0x0203), out.u32(0x04050607), out.u64(0x08090a0b0c0d0e0f);
  EXPECT_EQ(out.take(), bytes({1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8}));
}

TEST(Bcs, ReadsBackWideIntegers) {
  const U128 half = static_cast<U128>(0x1122334455667788) << 64 | 0x99aabbccddeeff00;
  const U256 whole{1, 2, std::numeric_limits<std::uint64_t>::max(), 4};
  Encoder out;
  out.u128(half), out.u256(whole);
  const std::string text = out.take();
  EXPECT_EQ(text.size(), 48U);
  EXPECT_EQ(text.substr(0, 2), bytes({0x00, 0xff}));
  Decoder in(text);
  EXPECT_TRUE(in.u128() == half);
  EXPECT_EQ(in.u256(), whole);
  EXPECT_TRUE(in.finish());
}

TEST(Bcs, ReadsBackVectorsAndOptions) {
  Encoder out;
  out.vector(std::vector<std::uint16_t>{1, 2, 3}, [&](std::uint16_t value) { out.u16(value); });
  out.option(std::optional<std::uint64_t>(7), [&](std::uint64_t value) { out.u64(value); });
  out.option(std::optional<std::uint64_t>(), [&](std::uint64_t value) { out.u64(value); });
  const std::string text = out.take();
  EXPECT_EQ(text, bytes({3, 1, 0, 2, 0, 3, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0}));
  Decoder in(text);
  EXPECT_EQ(in.vector(3, [&] { return in.u16(); }), (std::vector<std::uint16_t>{1, 2, 3}));
  EXPECT_EQ(in.option([&] { return in.u64(); }), 7U);
  EXPECT_EQ(in.option([&] { return in.u64(); }), std::nullopt);
  EXPECT_TRUE(in.finish());
}

TEST(Bcs, RefusesALengthThatIsLongerThanItNeedBe) {
  EXPECT_TRUE(takes(bytes({0x80, 0x01}), kUleb));
  EXPECT_FALSE(takes(bytes({0x80, 0x00}), kUleb));
  EXPECT_FALSE(takes(bytes({0x81, 0x80, 0x00}), kUleb));
}

TEST(Bcs, RefusesALengthOfMoreThan32Bits) {
  EXPECT_TRUE(takes(bytes({0xff, 0xff, 0xff, 0xff, 0x0f}), kUleb));
  EXPECT_FALSE(takes(bytes({0xff, 0xff, 0xff, 0xff, 0x1f}), kUleb));
  EXPECT_FALSE(takes(bytes({0x80, 0x80, 0x80, 0x80, 0x80, 0x01}), kUleb));
}

TEST(Bcs, RefusesBooleansThatAreNeither0Nor1) {
  EXPECT_TRUE(takes(bytes({0}), kBool));
  EXPECT_TRUE(takes(bytes({1}), kBool));
  EXPECT_FALSE(takes(bytes({2}), kBool));
}

TEST(Bcs, RefusesBytesThatAreLeftOver) {
  EXPECT_FALSE(takes(bytes({1, 0}), kBool));
  EXPECT_FALSE(takes(bytes({}), kBool));
}

TEST(Bcs, RefusesMoreElementsThanBytesBeforeItTakesMemoryForThem) {
  Decoder in("\xff\xff\xff\xff\x07");
  EXPECT_TRUE(in.vector(1U << 31, [&] { return in.u8(); }).empty());
  EXPECT_FALSE(in.finish());
}

TEST(Bcs, RefusesMoreElementsThanAreAskedFor) {
  Decoder in(
      "\x03"
      "abc");
  EXPECT_TRUE(in.bytes(2).empty());
  EXPECT_EQ(in.finish().error().message(), "byte 1: a length of 3, at most 2 are taken");
}

TEST(Bcs, RefusesTextThatIsNotUtf8) {
  EXPECT_TRUE(takes("\x02\xc3\xa9", kText));
  EXPECT_TRUE(takes("\x04\xf0\x9f\x94\x8b", kText));
  for (const char* text : {"\x01\xc3", "\x01\x80", "\x02\xc0\x80", "\x03\xe0\x80\x80", "\x03\xed\xa0\x80",
                           "\x04\xf0\x80\x80\x80", "\x04\xf4\x90\x80\x80", "\x01\xff"})
    EXPECT_FALSE(takes(text, kText)) << text;
}

TEST(Bcs, TheFirstErrorStaysAndSaysAtWhichByte) {
  const std::string text = bytes({0, 5, 0});
  Decoder in(text);
  in.u8();
  EXPECT_EQ(in.variant(5, "fruit"), 0U);
  EXPECT_EQ(in.u64(), 0U);
  EXPECT_EQ(in.finish().error().message(), "byte 2: there is no fruit 5");
}

}  // namespace
}  // namespace balans::bcs
