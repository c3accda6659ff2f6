#pragma once

#include <filesystem>

/// Measures what a host program pays for having the library in its process; writes JSON where there is a
/// path. Returns the exit status.
int measure_host(const std::filesystem::path& json);
