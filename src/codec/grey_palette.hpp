#pragma once

#include "codec/icc.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

// Grey pictures that formats store with a palette: they are read with one channel, so that networks cannot
// tint them.
namespace kizuna::codec {

/// Whether all colours, red first, are shades of grey. A profile for colours needs RGB even so: it would not
/// fit one channel.
template <typename Palette>
[[nodiscard]] bool reads_as_grey(const Palette& palette, std::span<const std::byte> icc) {
    return (icc.empty() || is_grey_profile(icc)) && std::ranges::all_of(palette, [](const auto& colour) {
               return colour[0] == colour[1] && colour[1] == colour[2];
           });
}

} // namespace kizuna::codec
