#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What drivers and the system say of the devices that networks run on. Drivers' libraries are opened when
// they are asked for, and nothing is needed of them: where they are not there, nothing is known.
namespace kizuna {

struct Card {
    std::string name;
    std::string driver; ///< its version; empty where there is none
    std::uint64_t total_memory_bytes = 0;
    std::uint64_t free_memory_bytes = 0; ///< 0 = not known
};

/// NVIDIA's card of this number, as CUDA counts them for this process. The libraries are CUDA's driver and
/// NVML; tests have their own.
[[nodiscard]] std::optional<Card>
nvidia_card(int number, const char* cuda = "libcuda.so.1", const char* nvml = "libnvidia-ml.so.1");

/// The card that Vulkan programs choose who want the fastest.
[[nodiscard]] std::optional<Card> vulkan_card();

/// The processor, and the memory that it has.
[[nodiscard]] Card processor();

/// Whether this provider, by our name for it, runs on the processor.
[[nodiscard]] bool is_on_processor(std::string_view provider);

/// What runs the networks of this provider, by our name for it. Empty where nothing is known of that.
[[nodiscard]] std::optional<Card> card_of(std::string_view provider, int number);

/// Of that, in bytes; 0 = not known.
[[nodiscard]] std::uint64_t free_memory_of(std::string_view provider, int number);

} // namespace kizuna
