#pragma once

#include <cstdint>
#include <filesystem>

// What this machine lends to this process, containers' limits included.
namespace kizuna {

/// Memory that can be taken without swapping: the lesser of the system's and the control group's, in bytes.
/// 0 where it cannot be found out.
[[nodiscard]] std::uint64_t available_memory_bytes();

struct ProcessMemory {
    std::uint64_t resident_bytes = 0; ///< now
    std::uint64_t peak_bytes = 0;     ///< at the most, since the process began
};

/// Of this process; zeros where the system does not say.
[[nodiscard]] ProcessMemory process_memory();

/// Processors this process may use: affinity and the control group's quota counted in; at least 1.
[[nodiscard]] int available_cpus();

/// The same for work that keeps a core's arithmetic busy: processors that are one core (SMT) count once.
[[nodiscard]] int available_cores();

/// The folder of the library or program that this code is part of. Empty where it cannot be found out.
[[nodiscard]] std::filesystem::path module_folder();

} // namespace kizuna
