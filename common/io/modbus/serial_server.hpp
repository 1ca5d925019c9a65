#pragma once
// Modbus server, RTU or ASCII, on a pseudo-terminal of its own: a serial line for virtual devices and tests.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "common/io/modbus/serial_framing.hpp"
#include "common/io/modbus/server.hpp"

namespace balans {

class ModbusSerialServer {
 public:
  /// As those of ModbusTcpServer. Answering::Refusing is silence: a line cannot refuse.
  using WriteHook = ModbusTcpServer::WriteHook;

  static Result<std::unique_ptr<ModbusSerialServer>> start(std::map<std::uint8_t, Transport*> units,
                                                           WriteHook on_write = {}, Framing framing = Framing::Rtu);
  ~ModbusSerialServer();
  ModbusSerialServer(const ModbusSerialServer&) = delete;
  ModbusSerialServer& operator=(const ModbusSerialServer&) = delete;

  /// What a client opens: "/dev/pts/7".
  [[nodiscard]] const std::string& device() const { return device_; }
  void set_answering(Answering answering) { answering_ = answering; }

  /// Runs `work` while no request is being answered: the way to touch the units from another thread.
  template <class Work>
  auto locked(Work&& work) {
    const std::lock_guard lock(mutex_);
    return work();
  }

 private:
  ModbusSerialServer(int master, int line, int wake, std::string device, std::map<std::uint8_t, Transport*> units,
                     WriteHook on_write, Framing framing);
  void run(const std::stop_token& stop);
  bool take_request(ModbusBytes& received);
  void answer(std::span<const std::uint8_t> request);

  int master_;
  int line_;  ///< kept open, so that clients may come and go
  int wake_;
  std::string device_;
  std::map<std::uint8_t, Transport*> units_;
  WriteHook on_write_;
  const Framing framing_;
  std::atomic<Answering> answering_ = Answering::Normal;
  ModbusBytes held_back_;  ///< the answer that Answering::Late still owes
  std::mutex mutex_;
  std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace balans
