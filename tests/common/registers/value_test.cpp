#include "common/registers/value.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace balans {
namespace {

using Words = std::vector<std::uint16_t>;

Encoding encoding_of(DataType type) {
  Encoding encoding;
  encoding.type = type;
  if (type == DataType::Ascii) encoding.text_registers = 4;
  return encoding;
}

Int128 integer(const Words& words, const Encoding& encoding) { return std::get<Int128>(decode_words(words, encoding)); }
double real(const Words& words, const Encoding& encoding) { return std::get<double>(decode_words(words, encoding)); }

TEST(Value, IntegersOfEveryType) {
  EXPECT_EQ(integer({0xFFFE}, encoding_of(DataType::U16)), 65534);
  EXPECT_EQ(integer({0xFFFE}, encoding_of(DataType::I16)), -2);
  EXPECT_EQ(integer({0xFFFF, 0xFFFE}, encoding_of(DataType::U32)), 4294967294);
  EXPECT_EQ(integer({0xFFFF, 0xFFFE}, encoding_of(DataType::I32)), -2);
  const Words all{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE};
  EXPECT_EQ(integer(all, encoding_of(DataType::U64)), Int128{std::numeric_limits<std::uint64_t>::max()} - 1);
  EXPECT_EQ(integer(all, encoding_of(DataType::I64)), -2);
  EXPECT_EQ(integer({1}, encoding_of(DataType::Bit)), 1);
}

TEST(Value, FloatsOfBothLengths) {
  EXPECT_EQ(real({0x4366, 0x8000}, encoding_of(DataType::F32)), 230.5);
  EXPECT_EQ(real({0x4132, 0xD687, 0x0000, 0x0000}, encoding_of(DataType::F64)), 1234567.0);
}

TEST(Value, TextEndsAtAZeroOrItsLastLetter) {
  EXPECT_EQ(std::get<std::string>(decode_words(Words{0x4332, 0, 0, 0}, encoding_of(DataType::Ascii))), "C2");
  EXPECT_EQ(std::get<std::string>(decode_words(Words{0x4142, 0x4320, 0x2020, 0x2020}, encoding_of(DataType::Ascii))),
            "ABC");
}

TEST(Value, LowWordFirst) {
  Encoding encoding = encoding_of(DataType::U32);
  encoding.word_order = WordOrder::LowFirst;
  EXPECT_EQ(integer({0x5678, 0x1234}, encoding), 0x12345678);
  encoding.type = DataType::U64;
  EXPECT_EQ(integer({4, 3, 2, 1}, encoding), Int128{0x0001000200030004});
}

TEST(Value, LowByteFirst) {
  Encoding encoding = encoding_of(DataType::U32);
  encoding.byte_order = ByteOrder::LowFirst;
  EXPECT_EQ(integer({0x3412, 0x7856}, encoding), 0x12345678);
  encoding.word_order = WordOrder::LowFirst;
  EXPECT_EQ(integer({0x7856, 0x3412}, encoding), 0x12345678);
  Encoding text = encoding_of(DataType::Ascii);
  text.byte_order = ByteOrder::LowFirst;
  EXPECT_EQ(std::get<std::string>(decode_words(Words{0x3243, 0, 0, 0}, text)), "C2");
}

TEST(Value, BitsAreCutOut) {
  Encoding encoding = encoding_of(DataType::U32);
  encoding.bits = BitSlice{8, 7};
  EXPECT_EQ(integer({0x0000, 0x8480}, encoding), 4);
  encoding = encoding_of(DataType::U16);
  encoding.bits = BitSlice{15, 1};
  EXPECT_EQ(integer({0x8000}, encoding), 1);
  EXPECT_EQ(integer({0x7FFF}, encoding), 0);
}

TEST(Value, EncodingIsTheInverseForEveryTypeAndOrder) {
  for (DataType type : {DataType::U16, DataType::I16, DataType::U32, DataType::I32, DataType::U64, DataType::I64,
                        DataType::F32, DataType::F64, DataType::Bit})
    for (WordOrder word_order : {WordOrder::HighFirst, WordOrder::LowFirst})
      for (ByteOrder byte_order : {ByteOrder::HighFirst, ByteOrder::LowFirst}) {
        Encoding encoding = encoding_of(type);
        encoding.word_order = word_order;
        encoding.byte_order = byte_order;
        const bool is_float = type == DataType::F32 || type == DataType::F64;
        const RawValue value = is_float ? RawValue(-12.375) : RawValue(largest(encoding));
        const auto words = encode_words(value, encoding);
        ASSERT_TRUE(words.ok());
        EXPECT_EQ(words->size(), encoding.words());
        EXPECT_EQ(decode_words(*words, encoding), value);
      }
}

TEST(Value, IntegersAreToldAsTheyAreRead) {
  const Words all{0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
  EXPECT_EQ(to_text(integer(all, encoding_of(DataType::U64))), "18446744073709551615");
  EXPECT_EQ(to_text(integer(all, encoding_of(DataType::I64))), "-1");
  EXPECT_EQ(to_text(integer({0x8000, 0, 0, 0}, encoding_of(DataType::I64))), "-9223372036854775808");
  EXPECT_EQ(to_text(Int128{0}), "0");
}

TEST(Value, WhatDoesNotFitItsRegistersIsAnError) {
  EXPECT_FALSE(encode_words(Int128{65536}, encoding_of(DataType::U16)).ok());
  EXPECT_FALSE(encode_words(Int128{-1}, encoding_of(DataType::U16)).ok());
  EXPECT_FALSE(encode_words(Int128{32768}, encoding_of(DataType::I16)).ok());
  EXPECT_TRUE(encode_words(Int128{-32768}, encoding_of(DataType::I16)).ok());
  EXPECT_FALSE(encode_words(std::string("nine chars"), encoding_of(DataType::Ascii)).ok());
  EXPECT_FALSE(encode_words(1.5, encoding_of(DataType::U16)).ok());
  EXPECT_FALSE(encode_words(std::string("A"), encoding_of(DataType::U16)).ok());
}

}  // namespace
}  // namespace balans
