#pragma once

#include <cstdio>

namespace kizuna::cli {

/// To be called first in main(): a file that we open must not become standard input, output or error where
/// one of these was closed. Using a closed one still fails.
void open_standard_descriptors();

/// Standard error, for all that the program itself says: it stays where it was while drivers are muted.
[[nodiscard]] std::FILE* console();

/// Graphics drivers write to standard error what they think of a machine without a graphics card; what
/// matters of it is in the library's errors. As long as this lives, descriptor 2 leads nowhere.
class MuteDrivers {
  public:
    MuteDrivers();
    MuteDrivers(const MuteDrivers&) = delete;
    MuteDrivers& operator=(const MuteDrivers&) = delete;
    ~MuteDrivers();
};

} // namespace kizuna::cli
