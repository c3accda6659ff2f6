#include "api/job_device.hpp"

#include "formats/onnx/onnx.hpp"
#include "service/digest.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace kizuna {

namespace {

/// Of what a network computes, whatever kind of file it came from.
std::string digest_of(const Network& network) {
    const std::vector<std::byte> onnx = network.onnx.empty() ? write_onnx(*network.graph) : network.onnx;
    const std::string conventions = fmt::format(
        "{} {} {}", sha256_of(onnx), static_cast<int>(network.spec.border_fill), network.spec.bf16_is_close);
    return sha256_of(std::as_bytes(std::span(conventions)));
}

} // namespace

JobDevice::OpenNetwork JobDevice::open(const std::shared_ptr<const Network>& network, bool with_digest) {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(networks_.begin(), networks_.end(), [&](const OpenNetwork& open) {
        return &open.upscaler->network() == network.get();
    });
    if (known != networks_.end()) {
        networks_.splice(networks_.begin(), networks_, known);
    } else {
        networks_.push_front({std::make_shared<OpenUpscaler>(network, options_), {}});
        if (networks_.size() > most_open_) {
            networks_.pop_back();
        }
    }
    OpenNetwork& open = networks_.front();
    if (with_digest && open.digest.empty()) {
        open.digest = digest_of(*network);
    }
    return open;
}

} // namespace kizuna
