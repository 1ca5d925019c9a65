#pragma once
// The parts of a device file that say where a value lies.

#include "common/io/config/config.hpp"
#include "common/io/device_file/units.hpp"
#include "common/registers/description.hpp"

namespace balans {

/// Orders that hold for the whole file unless a field says otherwise.
struct FileOrders {
  WordOrder word_order = WordOrder::HighFirst;
  ByteOrder byte_order = ByteOrder::HighFirst;
};

FileOrders read_orders(const config::Section& device);

/// { fc, register, type, … , unit, scale }. The unit must measure `dimension`; a field of no dimension has no unit.
Field read_field(const config::Section& at, const FileOrders& orders, Dimension dimension);
WriteField read_write_field(const config::Section& at, const FileOrders& orders, Dimension dimension);
/// { fc, register, type, value }.
FixedWrite read_fixed_write(const config::Section& at, const FileOrders& orders);
FixedRead read_fixed_read(const config::Section& at, const FileOrders& orders);
/// The exponent of the unit that the field gives; 0 where it gives none.
Unit read_unit(const config::Section& at, Dimension dimension);

QuantityField read_quantity(const config::Section& at, QuantityId id, const FileOrders& orders);

}  // namespace balans
