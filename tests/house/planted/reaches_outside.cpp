// Everything a core must not do, so that a test can see it found. Linked into nothing.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <thread>

namespace balans::planted {

long clocks() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  timeval then{};
  gettimeofday(&then, nullptr);
  return now.tv_sec + then.tv_sec + std::time(nullptr) + std::chrono::steady_clock::now().time_since_epoch().count() +
         std::chrono::system_clock::now().time_since_epoch().count();
}

int sockets() { return ::socket(AF_INET, SOCK_STREAM, 0); }

bool files() {
  std::ofstream("planted") << 1;
  return std::fopen("planted", "r") != nullptr || ::open("planted", O_RDONLY) >= 0;
}

void threads() {
  std::thread([] {}).join();
}

const char* environment() { return std::getenv("PLANTED"); }

unsigned randomness() { return std::random_device{}(); }

}  // namespace balans::planted
