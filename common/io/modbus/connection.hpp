#pragma once
// What the clients of both kinds share with the line that they are on.

#include "common/io/modbus/line_schedule.hpp"
#include "common/registers/transport.hpp"

namespace balans {

class ModbusConnection : public Transport {
 public:
  /// What was heard after the newest request.
  [[nodiscard]] virtual Heard heard() const = 0;
};

}  // namespace balans
