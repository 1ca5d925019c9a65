#include "common/io/device_file/fields.hpp"

#include <limits>
#include <string>

namespace balans {
namespace {

constexpr std::int64_t kMaxTextRegisters = 32;
constexpr std::int64_t kMaxScaleFactor = 10;

std::optional<WordOrder> read_word_order(const config::Section& at) {
  return at.optional("word_order")
      .choice<WordOrder>({{"high_first", WordOrder::HighFirst}, {"low_first", WordOrder::LowFirst}});
}

std::optional<ByteOrder> read_byte_order(const config::Section& at) {
  return at.optional("byte_order")
      .choice<ByteOrder>({{"high_first", ByteOrder::HighFirst}, {"low_first", ByteOrder::LowFirst}});
}

DataType read_type(const config::Section& at) {
  return at.required("type").choice<DataType>({{"u16", DataType::U16},
                                               {"i16", DataType::I16},
                                               {"u32", DataType::U32},
                                               {"i32", DataType::I32},
                                               {"u64", DataType::U64},
                                               {"i64", DataType::I64},
                                               {"f32", DataType::F32},
                                               {"f64", DataType::F64},
                                               {"text", DataType::Ascii},
                                               {"bit", DataType::Bit}});
}

bool is_integer(DataType type) {
  return type != DataType::F32 && type != DataType::F64 && type != DataType::Ascii && type != DataType::Bit;
}

Encoding read_encoding(const config::Section& at, const FileOrders& orders) {
  Encoding encoding;
  encoding.type = read_type(at);
  encoding.word_order = read_word_order(at).value_or(orders.word_order);
  encoding.byte_order = read_byte_order(at).value_or(orders.byte_order);
  if (encoding.type == DataType::Ascii)
    encoding.text_registers = static_cast<std::uint16_t>(at.required("registers").integer(1, kMaxTextRegisters));
  if (const auto bits = at.optional_section("bits")) {
    const int length = 16 * encoding.words();
    encoding.bits = BitSlice{static_cast<int>(bits->required("shift").integer(0, 63)),
                             static_cast<int>(bits->required("width").integer(1, 63))};
    if (!is_integer(encoding.type))
      bits->refuse("bits are cut out of integers only");
    else if (encoding.bits->shift + encoding.bits->width > length)
      bits->refuse("shift and width reach beyond the value's " + std::to_string(length) + " bits");
  }
  return encoding;
}

Decimal read_scale(const config::Section& at) {
  const auto scale = at.optional("scale").parse([](std::string_view text) { return Decimal::parse(text); });
  if (scale && scale->mantissa == 0) at.optional("scale").refuse("a scale of 0");
  return scale && scale->mantissa != 0 ? *scale : Decimal{};
}

std::uint16_t read_address(const config::Section& at, std::string_view key) {
  return at.required(key).parse([](std::string_view text) { return parse_word(text); });
}

std::optional<std::uint16_t> read_model(const config::Section& at) {
  return at.optional("model").parse([](std::string_view text) { return parse_word(text); });
}

template <class AnyField>
void read_common(AnyField& field, const config::Section& at, const FileOrders& orders, Dimension dimension) {
  field.address = read_address(at, "register");
  field.model = read_model(at);
  field.unit_id = static_cast<std::uint8_t>(at.optional("unit_id").integer(1, 255).value_or(kOwnUnit));
  if (at.optional("station").boolean().value_or(false)) field.station = Station::Shared;
  field.encoding = read_encoding(at, orders);
  field.scale = read_scale(at);
  field.unit_exponent = read_unit(at, dimension).exponent;
  if (const auto factor = at.optional_section("scale_factor")) {
    field.scale_factor = read_address(*factor, "register");
    field.shown_scale_factor = static_cast<int>(factor->required("shown").integer(-kMaxScaleFactor, kMaxScaleFactor));
  }
  if (field.address + field.encoding.words() > 0x10000) at.refuse("the value reaches beyond register 65535");
}

std::map<std::string, VehicleState> read_states(const config::Section& at) {
  std::map<std::string, VehicleState> states;
  const config::Section section = at.section("states");
  for (const std::string& code : section.keys())
    states[code] = section.required(code).choice<VehicleState>({{"A", VehicleState::A},
                                                                {"B", VehicleState::B},
                                                                {"C", VehicleState::C},
                                                                {"D", VehicleState::D},
                                                                {"E", VehicleState::E},
                                                                {"F", VehicleState::F}});
  return states;
}

template <class AnyStates>
void read_vehicle_states(AnyStates& quantity, const config::Section& at) {
  const auto states = read_states(at);
  if (quantity.field.encoding.type == DataType::Ascii) {
    quantity.text_states = states;
    return;
  }
  for (const auto& [code, state] : states) {
    const Result<std::int64_t> number = parse_integer(code);
    if (!number) return at.section("states").refuse(number.error().what);
    quantity.states[*number] = state;
  }
}

std::int64_t read_bound(const config::Section& at, std::string_view key, Unit unit) {
  return at.required(key).parse([unit](std::string_view text) { return in_base_units(text, unit); });
}

}  // namespace

FileOrders read_orders(const config::Section& device) {
  FileOrders orders;
  orders.word_order = read_word_order(device).value_or(orders.word_order);
  orders.byte_order = read_byte_order(device).value_or(orders.byte_order);
  return orders;
}

Unit read_unit(const config::Section& at, Dimension dimension) {
  if (dimension == Dimension::None) return {};
  const auto value = at.required("unit");
  const Unit unit = value.parse([](std::string_view text) { return parse_unit(text); });
  if (unit.dimension != Dimension::None && unit.dimension != dimension)
    value.refuse("this unit measures something else");
  return unit;
}

Field read_field(const config::Section& at, const FileOrders& orders, Dimension dimension) {
  Field field;
  field.function = static_cast<ReadFunction>(at.required("fc").integer(1, 4));
  read_common(field, at, orders, dimension);
  if (is_bits(field.function) != (field.encoding.type == DataType::Bit))
    at.refuse("functions 1 and 2 read the type bit, and only they do");
  return field;
}

WriteField read_write_field(const config::Section& at, const FileOrders& orders, Dimension dimension) {
  WriteField field;
  field.function = at.required("fc").choice<WriteFunction>({{"5", WriteFunction::Coil},
                                                            {"6", WriteFunction::Register},
                                                            {"15", WriteFunction::Coils},
                                                            {"16", WriteFunction::Registers}});
  read_common(field, at, orders, dimension);
  if (is_bits(field.function) != (field.encoding.type == DataType::Bit))
    at.refuse("functions 5 and 15 write the type bit, and only they do");
  if (field.function == WriteFunction::Register && field.encoding.words() != 1)
    at.refuse("function 6 writes a single register");
  if (at.optional("wear").choice<Wear>({{"flash", Wear::Flash}})) field.wear = Wear::Flash;
  if (at.optional("readable").boolean().value_or(false)) field.written = WrittenValue::Stands;
  if (field.encoding.bits) at.refuse("bits cannot be written without the rest of their register");
  return field;
}

FixedWrite read_fixed_write(const config::Section& at, const FileOrders& orders) {
  FixedWrite fixed;
  fixed.to = read_write_field(at, orders, Dimension::None);
  fixed.value = at.required("value").parse([](std::string_view text) { return parse_integer(text); });
  return fixed;
}

FixedRead read_fixed_read(const config::Section& at, const FileOrders& orders) {
  FixedRead fixed;
  fixed.field = read_field(at, orders, Dimension::None);
  fixed.value = at.required("value").parse([](std::string_view text) { return parse_integer(text); });
  return fixed;
}

QuantityField read_quantity(const config::Section& at, QuantityId id, const FileOrders& orders) {
  QuantityField quantity;
  quantity.id = id;
  const Dimension dimension = dimension_of(id);
  quantity.field = read_field(at, orders, dimension);
  if (at.optional("optional").boolean().value_or(false)) quantity.presence = Presence::Optional;
  if (const auto sentinel =
          at.optional("not_available").parse([](std::string_view text) { return parse_integer(text); }))
    quantity.not_available = Int128{*sentinel};
  else if (quantity.field.model)
    quantity.not_available = not_implemented(quantity.field.encoding);
  if (id == QuantityId::VehicleState) {
    read_vehicle_states(quantity, at);
    if (const auto also = at.optional_section("also")) {
      quantity.also = StateField{read_field(*also, orders, Dimension::None), {}, {}};
      read_vehicle_states(*quantity.also, *also);
    }
  } else if (id == QuantityId::Clock) {
    quantity.max = std::numeric_limits<std::int64_t>::max();
  } else {
    const auto unit = parse_unit(at.optional("unit").text().value_or("none"));
    quantity.min = read_bound(at, "min", unit ? *unit : Unit{});
    quantity.max = read_bound(at, "max", unit ? *unit : Unit{});
    if (quantity.min > quantity.max) at.refuse("min is above max");
  }
  if (quantity.field.encoding.type == DataType::Ascii && id != QuantityId::VehicleState)
    at.refuse("a text is not a number");
  return quantity;
}

}  // namespace balans
