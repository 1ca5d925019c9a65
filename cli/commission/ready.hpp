#pragma once
// What is to be commissioned, and whether it may begin: nobody else may speak to the devices meanwhile.

#include "cli/commission/places.hpp"
#include "cli/doctor/machine.hpp"

namespace balans::cli {

struct CommissionWish {
  std::filesystem::path etc = "/etc/balans";
  std::optional<std::filesystem::path> devices;
  std::string device;  ///< empty: all
  std::string meter;   ///< empty: the transformer's
  bool no_meter = false;
  std::optional<Milliamps> most;
};

struct Ready {
  std::vector<CommissionedDevice> devices;
  std::optional<CommissioningMeter> meter;  ///< absent: none was wished for, or there is no site.yaml
};

/// An error says what to type first.
Result<Ready> ready_to_commission(const Machine& machine, const CommissionWish& wish);

std::string needs_of(const CommissionedDevice& device);  ///< "a car that is not full and charges with 16 A"
std::string meter_words(const CommissioningMeter& meter);
std::string start_again(const Ready& ready);  ///< the command

}  // namespace balans::cli
