#include "sim/data/default_folder.hpp"

#include <cstdlib>

namespace balans::sim {

std::filesystem::path default_data_dir() {
  const char* named = std::getenv("BALANS_DATA_DIR");
  return named && *named ? named : "../shared/data";
}

}  // namespace balans::sim
