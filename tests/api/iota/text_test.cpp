// How IOTA writes digests, keys, addresses and types.
#include <gtest/gtest.h>

#include "api/ledger/iota/address.hpp"
#include "api/ledger/iota/base58.hpp"
#include "api/ledger/iota/bech32.hpp"
#include "api/ledger/iota/type_tag.hpp"

namespace balans::iota {
namespace {

TEST(Base58, WritesAndReadsKnownPairs) {
  EXPECT_EQ(to_base58("Hello World!"), "2NEpo7TZRRrLZSi2U");
  EXPECT_EQ(to_base58(std::string("\0\0\x28\x7f\xb4\xcd", 6)), "11233QC4");
  EXPECT_EQ(*from_base58("2NEpo7TZRRrLZSi2U"), "Hello World!");
  EXPECT_EQ(*from_base58("11233QC4"), std::string("\0\0\x28\x7f\xb4\xcd", 6));
  EXPECT_EQ(to_base58(""), "");
  EXPECT_EQ(to_base58(Digest{}), std::string(32, '1'));
}

TEST(Base58, RefusesWhatIsNoDigitAndWhatIsNoDigest) {
  for (const char* text : {"0", "O", "I", "l", "a b", "+"}) EXPECT_FALSE(from_base58(text)) << text;
  EXPECT_FALSE(from_base58(std::string(201, '1')));
  EXPECT_TRUE(digest_from_base58(std::string(32, '1')));
  EXPECT_FALSE(digest_from_base58(std::string(31, '1')));
  EXPECT_FALSE(digest_from_base58(std::string(33, '1')));
  EXPECT_FALSE(digest_from_base58(""));
}

TEST(Bech32, ReadsBackWhatItWrites) {
  for (std::size_t size = 0; size <= 45; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(37 * i + size));
    const auto read = from_bech32("iotaprivkey", to_bech32("iotaprivkey", bytes));
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(*read, bytes);
  }
}

TEST(Bech32, AgreesWithTheEmptyTextOfItsStandard) {
  EXPECT_EQ(to_bech32("a", ""), "a12uel5l");
  EXPECT_EQ(*from_bech32("a", "a12uel5l"), "");
}

TEST(Bech32, NoticesEveryMistypedCharacterAndEveryTwoThatChangedPlaces) {
  const std::string text = to_bech32("iotaprivkey", "thirty-three bytes, the last one.");
  ASSERT_TRUE(from_bech32("iotaprivkey", text));
  for (std::size_t at = 12; at < text.size(); ++at) {
    for (const char c : std::string_view("qpzry9x8gf2tvdw0s3jn54khce6mua7lb1ioQ ")) {
      std::string changed = text;
      changed[at] = c;
      EXPECT_EQ(from_bech32("iotaprivkey", changed).ok(), c == text[at]) << changed;
    }
  }
  for (std::size_t at = 13; at < text.size(); ++at) {
    std::string swapped = text;
    std::swap(swapped[at - 1], swapped[at]);
    EXPECT_EQ(from_bech32("iotaprivkey", swapped).ok(), swapped == text);
  }
}

TEST(Bech32, RefusesBitsThatMakeNoByteThoughTheChecksumIsRight) {
  EXPECT_EQ(*from_bech32("iotaprivkey", "iotaprivkey1vyxpa05k"), "a");
  EXPECT_FALSE(from_bech32("iotaprivkey", "iotaprivkey1v9mhf6fy"));
  EXPECT_FALSE(from_bech32("iotaprivkey", "iotaprivkey1vyqajv3tk"));
}

TEST(Bech32, RefusesAnotherPrefixAndWhatIsTooShort) {
  const std::string text = to_bech32("iotaprivkey", "bytes");
  EXPECT_FALSE(from_bech32("iotaprivke", text));
  EXPECT_FALSE(from_bech32("suiprivkey", text));
  EXPECT_FALSE(from_bech32("iotaprivkey", "iotaprivkey1"));
  EXPECT_FALSE(from_bech32("iotaprivkey", "iotaprivkey"));
  EXPECT_FALSE(from_bech32("iotaprivkey", ""));
  EXPECT_FALSE(from_bech32("iotaprivkey", text + std::string(90, 'q')));
}

TEST(Addresses, AreReadOnlyWithAllTheirDigits) {
  const std::string text = "0x" + std::string(62, '0') + "2f";
  const auto address = parse_address(text);
  ASSERT_TRUE(address);
  EXPECT_EQ(to_text(*address), text);
  for (const std::string& other : {std::string("0x2f"), text.substr(0, 65), text + "0", text.substr(2),
                                   "0x" + std::string(63, '0') + "G", "0X" + text.substr(2), std::string()})
    EXPECT_FALSE(parse_address(other)) << other;
}

TEST(Addresses, OfObjectsMayLeaveOutLeadingZeros) {
  EXPECT_EQ(*parse_object_id("0x2"), well_known_object(2));
  EXPECT_EQ(*parse_object_id("0x" + std::string(63, '0') + "6"), well_known_object(6));
  for (const char* text : {"0x", "2", "", "0xg", "0x+1"}) EXPECT_FALSE(parse_object_id(text)) << text;
  EXPECT_FALSE(parse_object_id("0x" + std::string(65, '0')));
}

TEST(TypeTags, AreReadAsTheyAreWritten) {
  const std::string two = "0x" + std::string(63, '0') + "2";
  EXPECT_EQ(to_text(iota_coin()), two + "::iota::IOTA");
  EXPECT_EQ(*parse_type_tag("0x2::iota::IOTA"), iota_coin());
  for (const std::string& text :
       {std::string("u8"), std::string("u256"), std::string("address"), std::string("vector<vector<u8>>"),
        two + "::coin::Coin<" + two + "::iota::IOTA>", two + "::pair::Pair<bool,vector<u64>>"}) {
    const auto type = parse_type_tag(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(to_text(*type), text);
  }
}

TEST(TypeTags, RefuseWhatIsNoType) {
  for (const char* text : {"", "u7", "u8 ", "vector", "vector<>", "vector<u8", "vector<u8,u8>", "0x2", "0x2::coin",
                           "0x2::coin::", "0x2::coin::Coin<>", "0x2::coin::Coin<u8>x", "0x2::1x::Coin", "0x2::_::Coin",
                           "coin::Coin", "0xzz::a::B"})
    EXPECT_FALSE(parse_type_tag(text)) << text;
}

TEST(TypeTags, AreNestedOnlySoDeep) {
  const auto nested = [](int depth) {
    std::string text = "u8";
    for (int i = 1; i < depth; ++i) text = "vector<" + text + ">";
    return text;
  };
  EXPECT_TRUE(parse_type_tag(nested(kMostTypeDepth)));
  EXPECT_FALSE(parse_type_tag(nested(kMostTypeDepth + 1)));
  EXPECT_FALSE(parse_type_tag(nested(5'000)));
}

}  // namespace
}  // namespace balans::iota
