#pragma once
// What a device file says, in plain words.

#include <cstdint>
#include <optional>
#include <string>

#include "common/io/device_file/shown.hpp"
#include "common/registers/description.hpp"

namespace balans::cli {

std::string shown_seconds(Millis time);  ///< "1.5 s"
/// "holding register 16384", "SunSpec model 103, register 3"
std::string place_of(const Field& field);
std::string place_of(const WriteField& field);

std::string title_of(const DeviceDescription& device);  ///< "ABB Terra AC"
/// "6–32 A, 0.1 A steps"; "0, 10 A"; "reads only"
std::string limit_words(const LimitSpec& spec);
std::string limits_words(const DeviceDescription& device);
std::string pause_words(const LimitSpec& spec);
std::string semantics_words(LimitSemantics semantics);
std::string confirm_words(Confirm confirm);
/// What it does when nobody talks to it: "none", or "falls back to zero after 60 s without any request".
std::string watchdog_words(const Control& control);

/// Why the device alone does not come down when its agent is silent: it needs a contactor, or a failsafe of its full
/// size. Absent where it does come down, and where there is nothing to limit.
std::optional<std::string> needs_contactor(const DeviceDescription& device);

}  // namespace balans::cli
