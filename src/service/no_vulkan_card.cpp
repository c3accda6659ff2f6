#include "service/cards.hpp"

// For builds without Vulkan's headers.
namespace kizuna {

std::optional<Card> vulkan_card() {
    return std::nullopt;
}

} // namespace kizuna
