#pragma once
// Modbus TCP server: puts a Transport (a RegisterImage, say) behind each unit id. For virtual devices and tests.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "common/registers/transport.hpp"
#include "common/result.hpp"

namespace balans {

enum class Answering : std::uint8_t {
  Normal,
  Silent,     ///< takes requests and answers none
  Late,       ///< answers each request only when the next one has come
  Refusing,   ///< closes connections as they come
  WrongUnit,  ///< answers in the name of the next unit
};

struct ModbusTcpServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: a free one
  int max_clients = 32;    ///< more are closed at once
};

class ModbusTcpServer {
 public:
  /// Called on the server's thread, under its lock, after a write that the unit accepted.
  using WriteHook = std::function<void(std::uint8_t unit, WriteFunction function, std::uint16_t address,
                                       std::span<const std::uint16_t> words)>;

  /// Starts to listen. `units` outlive the server and are only touched under its lock; a request for a unit that is not
  /// there gets no answer, as on a bus.
  static Result<std::unique_ptr<ModbusTcpServer>> start(const ModbusTcpServerOptions& options,
                                                        std::map<std::uint8_t, Transport*> units,
                                                        WriteHook on_write = {});
  ~ModbusTcpServer();
  ModbusTcpServer(const ModbusTcpServer&) = delete;
  ModbusTcpServer& operator=(const ModbusTcpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void set_answering(Answering answering) { answering_ = answering; }

  /// Runs `work` while no request is being answered: the way to touch the units from another thread.
  template <class Work>
  auto locked(Work&& work) {
    const std::lock_guard lock(mutex_);
    return work();
  }

 private:
  struct Settings {
    std::map<std::uint8_t, Transport*> units;
    WriteHook on_write;
    int max_clients = 0;
  };
  class Loop;
  ModbusTcpServer(std::uint16_t port, int wake);

  std::uint16_t port_;
  int wake_;  ///< owned by the loop
  std::atomic<Answering> answering_ = Answering::Normal;
  std::mutex mutex_;
  std::unique_ptr<Loop> loop_;
  std::jthread thread_;  ///< last: it uses all of the above, and its end is waited for first
};

}  // namespace balans
