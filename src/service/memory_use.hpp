#pragma once

#include "kizuna/device.hpp"

#include <string>

// How much memory networks take on the devices that this process has opened; memory_use() in
// kizuna/device.hpp tells. Thread-safe.
namespace kizuna {

/// Looks at the device, which is listed from now on. Drivers are asked once in a while at the most: it may be
/// called for every picture, when the device has just had it in its memory.
void note_memory_use(const std::string& provider, int device);

} // namespace kizuna
