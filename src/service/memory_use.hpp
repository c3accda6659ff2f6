#pragma once

#include "kizuna/device.hpp"

#include <string>

// How much memory networks take on the devices that this process has opened; memory_use() in
// kizuna/device.hpp tells. Thread-safe.
namespace kizuna {

/// From now on it is listed. `device`: which of the provider's.
void watch_memory_of(const std::string& provider, int device);

/// Looks at what the listed cards have in use. Drivers are asked once in a while at the most: it may be
/// called for every picture, when its device has just had it in its memory.
void note_memory_use();

} // namespace kizuna
