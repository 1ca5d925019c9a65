#include "tests/bench/field/usage.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace balans::bench {

std::optional<Memory> memory_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  Memory memory;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::int64_t kb = 0;
    if (!(words >> name >> kb)) continue;
    if (name == "Rss:") memory.resident_kb = kb;
    if (name == "Private_Dirty:") memory.private_dirty_kb = kb;
  }
  if (memory.resident_kb == 0) return std::nullopt;
  return memory;
}

std::optional<std::int64_t> processor_ms(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The program's name, in brackets, may have spaces; time is in the 14th and 15th field.
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  std::int64_t user = 0, system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  return (user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

}  // namespace balans::bench
