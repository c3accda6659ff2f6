#include "service/candidates.hpp"
#include "service/cards.hpp"
#include "service/speed.hpp"

#include "kizuna/device.hpp"
#include "kizuna/error.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace kizuna {

namespace {

// One convolution of one pixel: enough to find out whether a device works.
Network smallest_network() {
    Graph graph;
    graph.nodes.push_back({"input", Input{1}, {}});
    Conv2d convolution;
    convolution.weight = {{1, 1, 1, 1}, {1.0F}};
    graph.nodes.push_back({"output", std::move(convolution), {0}});
    graph.output = 1;
    Network network;
    network.spec.name = "device check";
    network.spec.scale = 1;
    network.spec.channels = 1;
    network.graph = std::move(graph);
    return network;
}

Device check_device(const Candidate& candidate, const Network& network) {
    Device device;
    device.provider = candidate.provider.name;
    device.aliases = candidate.provider.aliases;
    device.engine = candidate.engine->description();
    try {
        throw_if_absent(candidate);
        // Not every card has fp16.
        const auto session = open(candidate, network, {.precision = Precision::fp32});
        Tensor out;
        session->run({{1, 1, 1, 1}, {0.5F}}, out, {});
        device.free_memory_bytes = session->free_memory_bytes();
        device.available = true;
    } catch (const Error& error) {
        device.problem = error.what();
    }
    return device;
}

/// What animevideov3 ×2 is: the default network's work without its file. The numbers are of no account, but
/// must not grow from layer to layer.
Network usual_network() {
    constexpr int features = 64;
    constexpr int layers = 16;
    constexpr int scale = 2;
    constexpr std::size_t kernel = 9;
    Graph graph;
    graph.nodes.push_back({"input", Input{3}, {}});
    const auto last = [&] { return static_cast<int>(graph.nodes.size()) - 1; };
    const auto convolve = [&](int in, int out) {
        Conv2d convolution;
        convolution.padding = {1, 1, 1, 1};
        convolution.weight.shape = {out, in, 3, 3};
        const std::size_t count = element_count(convolution.weight.shape);
        const float size = 1 / std::sqrt(static_cast<float>(in) * kernel);
        for (std::size_t i = 0; i < count; ++i) {
            convolution.weight.data.push_back((i * 7 % 5 < 2 ? -1.0F : 1.0F) * size);
        }
        graph.nodes.push_back({"convolution", std::move(convolution), {last()}});
    };
    convolve(3, features);
    for (int layer = 0; layer < layers; ++layer) {
        graph.nodes.push_back({"prelu", PRelu{{0.1F}}, {last()}});
        convolve(features, features);
    }
    convolve(features, 3 * scale * scale);
    graph.nodes.push_back({"output", PixelShuffle{.factor = scale}, {last()}});
    graph.output = last();
    Network network;
    network.spec.name = "speed check";
    describe(graph, network.spec);
    network.graph = std::move(graph);
    return network;
}

DeviceSpeed measure(const Candidate& candidate, const Network& network, Precision precision) {
    DeviceSpeed speed;
    speed.precision = precision;
    try {
        const auto session = open(candidate, network, {.precision = precision});
        speed.megapixels_per_second = greatest_speed(*session, network.spec.channels) / 1e6;
    } catch (const Error& error) {
        speed.problem = error.what();
    }
    return speed;
}

void add_facts(Device& device) {
    if (const auto card = card_of(device.provider, 0)) {
        device.name = card->name;
        device.driver = card->driver;
        device.total_memory_bytes = card->total_memory_bytes;
        if (device.free_memory_bytes == 0) {
            device.free_memory_bytes = card->free_memory_bytes;
        }
    }
}

} // namespace

std::vector<Device> list_devices() {
    const Network network = smallest_network();
    std::vector<Device> devices;
    for (const Candidate& candidate : all_candidates()) {
        devices.push_back(check_device(candidate, network));
    }
    return devices;
}

std::vector<Device> probe_devices() {
    const Network small = smallest_network();
    const Network usual = usual_network();
    std::vector<Device> devices;
    for (const Candidate& candidate : all_candidates()) {
        Device device = check_device(candidate, small);
        if (device.available) {
            add_facts(device);
            for (const Precision precision : {Precision::fp32, Precision::fp16, Precision::bf16}) {
                device.speeds.push_back(measure(candidate, usual, precision));
            }
        }
        devices.push_back(std::move(device));
    }
    return devices;
}

} // namespace kizuna
