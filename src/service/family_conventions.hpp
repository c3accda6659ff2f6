#pragma once

#include "graph/network.hpp"

#include <string_view>

namespace kizuna {

/// What pictures must be given to networks of a family, or made of their results, and does not stand in the
/// file:
/// - "waifu2x-cunet" and "waifu2x-upconv7" were trained on pictures whose edge pixels are repeated outwards;
/// - "real-cugan" of scale 4, as ncnn files have it, gives what is to be added to the enlarged picture. The
///   graph gets that addition. (The architecture that is read from PyTorch's weights has it already.)
/// Other families are left as they are. Throws Error{bad_network} where the graph is not of its family.
void apply_family_conventions(std::string_view family, Network& network);

} // namespace kizuna
