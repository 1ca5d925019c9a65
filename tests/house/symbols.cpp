#include "tests/house/symbols.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

namespace balans::house {
namespace {

struct Refused {
  std::string_view what;
  std::set<std::string_view> c_functions;
  std::vector<std::string_view> cpp_prefixes;
};

const std::vector<Refused>& refused_list() {
  static const std::vector<Refused> kRefused = {
      {"a clock",
       {"clock", "clock_getres", "clock_gettime", "clock_nanosleep", "ftime", "gettimeofday", "localtime",
        "localtime_r", "mktime", "nanosleep", "sleep", "time", "timer_create", "timerfd_create", "times",
        "timespec_get", "tzset", "usleep"},
       {"std::chrono::_V2::", "std::chrono::system_clock", "std::chrono::steady_clock", "std::chrono::get_tzdb",
        "std::chrono::current_zone", "std::chrono::locate_zone"}},
      {"a socket",
       {"accept",        "accept4", "bind",    "connect", "epoll_create1", "epoll_ctl", "epoll_wait", "getaddrinfo",
        "gethostbyname", "listen",  "poll",    "ppoll",   "pselect",       "recv",      "recvfrom",   "recvmsg",
        "select",        "send",    "sendmsg", "sendto",  "shutdown",      "socket",    "socketpair"},
       {"boost::asio::"}},
      {"a file",
       {"access",  "close",  "creat",  "fdopen", "fopen",  "freopen", "fstat",    "fsync",  "ftruncate", "ioctl",
        "lstat",   "mkdir",  "mmap",   "open",   "openat", "opendir", "popen",    "pread",  "pwrite",    "read",
        "readdir", "remove", "rename", "rmdir",  "stat",   "tmpfile", "truncate", "unlink", "write"},
       {"std::basic_filebuf", "std::basic_fstream", "std::basic_ifstream", "std::basic_ofstream",
        "std::filesystem::", "std::__basic_file"}},
      {"a thread or process",
       {"execve", "execvp", "fork", "kill", "posix_spawn", "pthread_cond_wait", "pthread_create", "raise", "sem_wait",
        "sigaction", "signal", "system", "thrd_create", "vfork", "wait", "waitpid"},
       {"std::condition_variable", "std::jthread", "std::this_thread::", "std::thread"}},
      {"the environment", {"getenv", "gethostname", "getpid", "putenv", "secure_getenv", "setenv", "uname"}, {}},
      {"randomness",
       {"arc4random", "drand48", "getentropy", "getrandom", "rand", "rand_r", "random", "srand", "srandom"},
       {"randombytes", "std::random_device"}},
  };
  return kRefused;
}

/// glibc's other names for the same functions: open64, __open_2 and __read_chk (hardened), __clock_gettime64.
std::string_view plain_name(std::string_view symbol) {
  while (symbol.starts_with('_')) {
    symbol.remove_prefix(1);
  }
  for (const std::string_view ending : {"_chk", "_2", "64"}) {
    if (symbol.ends_with(ending)) {
      symbol.remove_suffix(ending.size());
    }
  }
  return symbol;
}

std::string output_of(const std::string& command) {
  const auto close = [](std::FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  if (!pipe) {
    throw std::runtime_error("cannot run " + command);
  }
  std::string text;
  std::array<char, 4096> chunk{};
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) {
    text.append(chunk.data(), got);
  }
  return text;
}

}  // namespace

std::string_view refusal(std::string_view symbol) {
  const std::string_view plain = plain_name(symbol);
  for (const Refused& refused : refused_list()) {
    if (refused.c_functions.contains(symbol) || refused.c_functions.contains(plain)) {
      return refused.what;
    }
    for (const std::string_view prefix : refused.cpp_prefixes) {
      if (symbol.starts_with(prefix)) {
        return refused.what;
      }
    }
  }
  return {};
}

std::vector<std::string> refused_symbols(const std::string& archive) {
  std::istringstream lines(output_of("'" BALANS_NM "' -uC '" + archive + "'"));
  std::vector<std::string> found;
  std::string object = archive;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(".o:")) {
      object = line.substr(0, line.size() - 1);
      continue;
    }
    const std::size_t start = line.find_first_not_of(' ');  // "                 U clock_gettime"
    if (start == std::string::npos || start + 2 >= line.size() || line[start + 1] != ' ') {
      continue;
    }
    const std::string symbol = line.substr(start + 2);
    if (const std::string_view what = refusal(symbol); !what.empty()) {
      found.push_back(object + ": " + symbol + " is " + std::string(what));
    }
  }
  return found;
}

}  // namespace balans::house
