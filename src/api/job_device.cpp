#include "api/job_device.hpp"

#include "api/network_digest.hpp"

#include <algorithm>

namespace kizuna {

JobDevice::OpenNetwork JobDevice::open(const std::shared_ptr<const Network>& network, bool with_digest) {
    const std::shared_ptr<Place> place = place_of(network);
    const std::lock_guard lock(place->opening);
    OpenNetwork& open = place->open;
    if (!open.upscaler) {
        try {
            open.upscaler = std::make_shared<OpenUpscaler>(network, options_);
        } catch (...) {
            give_up(place);
            throw;
        }
    }
    if (with_digest && open.digest.empty()) {
        open.digest = digest_of(*network);
    }
    return open;
}

std::shared_ptr<JobDevice::Place> JobDevice::place_of(const std::shared_ptr<const Network>& network) {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(
        places_.begin(), places_.end(), [&](const auto& place) { return place->network == network; });
    if (known != places_.end()) {
        places_.splice(places_.begin(), places_, known);
    } else {
        places_.push_front(std::make_shared<Place>());
        places_.front()->network = network;
        if (places_.size() > most_open_) {
            places_.pop_back();
        }
    }
    return places_.front();
}

void JobDevice::give_up(const std::shared_ptr<Place>& place) {
    const std::lock_guard lock(mutex_);
    std::erase(places_, place);
}

} // namespace kizuna
