#include "api/job_device.hpp"

#include "api/network_digest.hpp"

#include <algorithm>

namespace kizuna {

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
