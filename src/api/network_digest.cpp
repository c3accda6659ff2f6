#include "api/network_digest.hpp"

#include "formats/onnx/onnx.hpp"
#include "service/digest.hpp"

#include <span>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

std::string digest_of(const Network& network) {
    const std::vector<std::byte> onnx = network.onnx.empty() ? write_onnx(*network.graph) : network.onnx;
    const std::string conventions = fmt::format(
        "{} {} {}", sha256_of(onnx), static_cast<int>(network.spec.border_fill), network.spec.bf16_is_close);
    return sha256_of(std::as_bytes(std::span(conventions)));
}

} // namespace kizuna
