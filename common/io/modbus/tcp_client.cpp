#include "common/io/modbus/tcp_client.hpp"

#include <fcntl.h>
#include <modbus.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "common/io/modbus/reopening.hpp"

namespace balans {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// libmodbus waits with select() and so ends the process on descriptors from 1024 on.
constexpr int kMaxDescriptor = 1000;
constexpr std::chrono::milliseconds kByteTimeout{200};

struct ContextDeleter {
  void operator()(modbus_t* context) const {
    modbus_close(context);
    modbus_free(context);
  }
};
using Context = std::unique_ptr<modbus_t, ContextDeleter>;

Context make_context(const ModbusTcpEndpoint& tcp) {
  return Context(modbus_new_tcp_pi(tcp.host.c_str(), std::to_string(tcp.port).c_str()));
}

std::string what_of(int error) {
  if (error == ETIMEDOUT) return "timeout";
  return modbus_strerror(error);
}

/// An answer that the device gave on purpose: the connection is in order.
bool is_exception_answer(int error) {
  return error >= EMBXILFUN && error <= EMBXGTAR && error != EMBXILFUN + MODBUS_EXCEPTION_NOT_DEFINED - 1;
}

/// A gateway answers for a unit that does not.
Heard heard_after(int done, int error) {
  if (done >= 0) return Heard::Unit;
  if (error == EMBXGPATH || error == EMBXGTAR || error == ETIMEDOUT) return Heard::Nothing;
  return is_exception_answer(error) ? Heard::Unit : Heard::NoLine;
}

std::pair<std::uint32_t, std::uint32_t> seconds_and_micros(milliseconds time) {
  return {static_cast<std::uint32_t>(time.count() / 1000), static_cast<std::uint32_t>(time.count() % 1000 * 1000)};
}

/// The next descriptor that would be given out; -1 when there is none.
int next_descriptor() {
  const int fd = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
  if (fd >= 0) {
    ::close(fd);
    return fd;
  }
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) ::close(null);
  return null;
}

}  // namespace

class TcpClient::Connection {
 public:
  explicit Connection(ModbusClientOptions options)
      : options_(std::move(options)),
        tcp_(std::get<ModbusTcpEndpoint>(options_.endpoint)),
        where_((options_.name.empty() ? "" : options_.name + " ") + tcp_.host + ":" + std::to_string(tcp_.port)),
        reopening_(options_) {}

  /// Runs one request on the open connection. `request` returns what libmodbus does: -1 is a failure.
  template <class Request>
  Result<void> run(std::uint8_t unit, std::uint16_t address, Request&& request) {
    const std::string where = where_ + " unit " + std::to_string(unit) + ", register " + std::to_string(address);
    heard_ = Heard::NoLine;
    if (auto open = ensure_open(); !open) return Error{where, open.error().what};
    if (modbus_set_slave(context_.get(), unit) != 0) return Error{where, "not a unit id"};
    rest();
    errno = 0;
    const int done = request(context_.get());
    const int error = errno;
    last_request_ = Clock::now();
    heard_ = heard_after(done, error);
    if (done >= 0) return {};
    if (!is_exception_answer(error)) context_.reset();  // what may still come goes with the connection
    return Error{where, what_of(error)};
  }
  [[nodiscard]] Heard heard() const { return heard_; }

 private:
  Result<void> ensure_open() {
    if (context_) return {};
    return reopening_.attempt(where_, [this] { return open(); });
  }

  Result<void> open() {
    const int descriptor = next_descriptor();
    if (descriptor < 0 || descriptor >= kMaxDescriptor) return Error{where_, "too many open files"};
    Context context = make_context(tcp_);
    if (!context) return Error{where_, what_of(errno)};
    const auto [response_s, response_us] = seconds_and_micros(options_.response_timeout);
    const auto [byte_s, byte_us] = seconds_and_micros(options_.byte_timeout.value_or(kByteTimeout));
    modbus_set_response_timeout(context.get(), response_s, response_us);
    modbus_set_byte_timeout(context.get(), byte_s, byte_us);
    modbus_set_error_recovery(context.get(), MODBUS_ERROR_RECOVERY_NONE);
    if (modbus_connect(context.get()) != 0) return Error{where_, errno == 0 ? "unknown host" : what_of(errno)};
    if (modbus_get_socket(context.get()) >= kMaxDescriptor) return Error{where_, "too many open files"};
    modbus_flush(context.get());
    context_ = std::move(context);
    return {};
  }

  void rest() const {
    if (options_.min_gap.count() > 0 && last_request_) std::this_thread::sleep_until(*last_request_ + options_.min_gap);
  }

  ModbusClientOptions options_;
  Heard heard_ = Heard::NoLine;
  ModbusTcpEndpoint tcp_;
  std::string where_;
  Context context_;
  Reopening reopening_;
  std::optional<Clock::time_point> last_request_;
};

TcpClient::TcpClient(ModbusClientOptions options) : connection_(std::make_unique<Connection>(std::move(options))) {}
TcpClient::~TcpClient() = default;

Heard TcpClient::heard() const { return connection_->heard(); }

Result<std::vector<std::uint16_t>> TcpClient::read(ReadFunction function, std::uint8_t unit, std::uint16_t address,
                                                   std::uint16_t count) {
  std::vector<std::uint16_t> words(count);
  std::vector<std::uint8_t> bits(is_bits(function) ? count : 0);
  const auto done = connection_->run(unit, address, [&](modbus_t* context) {
    switch (function) {
      case ReadFunction::Coils:
        return modbus_read_bits(context, address, count, bits.data());
      case ReadFunction::DiscreteInputs:
        return modbus_read_input_bits(context, address, count, bits.data());
      case ReadFunction::HoldingRegisters:
        return modbus_read_registers(context, address, count, words.data());
      case ReadFunction::InputRegisters:
        return modbus_read_input_registers(context, address, count, words.data());
    }
    return -1;
  });
  if (!done) return done.error();
  if (is_bits(function)) std::copy(bits.begin(), bits.end(), words.begin());
  return words;
}

Result<void> TcpClient::write(WriteFunction function, std::uint8_t unit, std::uint16_t address,
                              std::span<const std::uint16_t> words) {
  const auto count = static_cast<int>(words.size());
  std::vector<std::uint8_t> bits;
  for (std::uint16_t word : words) bits.push_back(word != 0 ? 1 : 0);
  return connection_->run(unit, address, [&](modbus_t* context) {
    switch (function) {
      case WriteFunction::Coil:
        return modbus_write_bit(context, address, bits.front());
      case WriteFunction::Register:
        return modbus_write_register(context, address, words.front());
      case WriteFunction::Coils:
        return modbus_write_bits(context, address, count, bits.data());
      case WriteFunction::Registers:
        return modbus_write_registers(context, address, count, words.data());
    }
    return -1;
  });
}

}  // namespace balans
