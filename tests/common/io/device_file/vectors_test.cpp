// Every device file proves itself: it loads, its vectors hold, and they leave nothing out.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/io/device_file/proof.hpp"

namespace balans {
namespace {

const std::filesystem::path kDevices = "config/devices";

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kDevices))
    if (entry.path().extension() == ".yaml")
      names.push_back((entry.path().parent_path().filename() / entry.path().stem()).string());
  std::sort(names.begin(), names.end());
  return names;
}

class DeviceFiles : public testing::TestWithParam<std::string> {};

TEST_P(DeviceFiles, ProvesItself) {
  for (const Error& error : check_file(kDevices / (GetParam() + ".yaml"))) ADD_FAILURE() << error.message();
}

INSTANTIATE_TEST_SUITE_P(Config, DeviceFiles, testing::ValuesIn(device_names()), [](const auto& instance) {
  std::string name = instance.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace balans
