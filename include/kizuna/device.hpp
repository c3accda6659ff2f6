#pragma once

#include "kizuna/export.hpp"
#include "kizuna/precision.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace kizuna {

/// Which device a network runs on.
struct EngineOptions {
    /// "auto": what tune() has found to be the fastest, or else the first of list_devices() that really opens
    /// the network. Otherwise that provider and no other: its name ("cuda", "webgpu", "cpu", …) or ONNX
    /// Runtime's ("CUDAExecutionProvider"). With a colon and a number behind it, that one of the provider's
    /// devices: "cuda:1". Several with commas between them, "cuda:0,cuda:1,cpu", share a picture's tiles:
    /// each takes the next as soon as it is free.
    std::string provider = "auto";
    int device = 0;  ///< which of the provider's devices, where it has several and none is named
    int threads = 0; ///< on the processor: 0 = one for each core that this process may use
    /// Anything but automatic is a provider's affair: `cpu` has fp32, and bf16 where the processor has it;
    /// others have fp32, and cards fp16. What a provider does not have is Error{unsupported}.
    Precision precision = Precision::automatic;
};

/// How fast a device is.
struct DeviceSpeed {
    Precision precision = Precision::fp32;
    /// Of the input, through a network like the default one.
    double megapixels_per_second = 0;
    std::string problem; ///< why it was not measured, empty where it was
};

/// A provider on this machine.
struct Device {
    std::string provider;                ///< what EngineOptions::provider takes
    std::vector<std::string> aliases;    ///< other names for the same
    std::string engine;                  ///< "ONNX Runtime 1.30.0"
    bool available = false;              ///< it has opened a session just now
    std::string problem;                 ///< otherwise: why not
    std::uint64_t free_memory_bytes = 0; ///< 0 = not known
    // By probe_devices() only, and for those that are available:
    std::string name;                     ///< of the card or processor; empty = not known
    std::string driver;                   ///< and its version; empty = not known
    std::uint64_t total_memory_bytes = 0; ///< 0 = not known
    std::vector<DeviceSpeed> speeds;      ///< in fp32, fp16 and bf16
};

/// Every provider that this build knows, in the order in which "auto" tries them where nothing was measured
/// by tune(). Opens a small session on each, so that "available" is true only where it works: this may take a
/// second. Thread-safe; throws nothing but std::bad_alloc.
[[nodiscard]] KIZUNA_API std::vector<Device> list_devices();

/// The same, with the driver asked for more and the speed measured: some seconds for each device.
[[nodiscard]] KIZUNA_API std::vector<Device> probe_devices();

/// Memory of a device that this process has opened a network on.
struct MemoryUse {
    std::string provider;
    int device = 0; ///< which of the provider's
    /// On the processor: this process's own, resident. On a card: all programs', as drivers tell no more. 0 =
    /// not known.
    std::uint64_t in_use_bytes = 0;
    std::uint64_t peak_bytes = 0; ///< the greatest so far; cards are looked at after pictures
};

/// Thread-safe; throws nothing but std::bad_alloc.
[[nodiscard]] KIZUNA_API std::vector<MemoryUse> memory_use();

} // namespace kizuna
