#include "commands.hpp"
#include "console.hpp"
#include "json.hpp"
#include "text.hpp"

#include "kizuna/device.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace kizuna::cli {
namespace {

constexpr double bytes_per_gib = 1024.0 * 1024.0 * 1024.0;

std::string line(const Device& device) {
    std::string text = fmt::format(
        "{:<10}  {:<13}  {}", device.provider, device.available ? "available" : "not available",
        device.engine);
    if (!device.available) {
        return text + ": " + device.problem;
    }
    if (device.free_memory_bytes > 0) {
        text += fmt::format(
            ", {:.1f} GiB of memory free", static_cast<double>(device.free_memory_bytes) / bytes_per_gib);
    }
    return text;
}

std::vector<Device> devices_in_silence() {
    const MuteDrivers mute;
    return list_devices();
}

} // namespace

int run_devices(const DevicesCommand& command) {
    const std::vector<Device> devices = devices_in_silence();
    if (command.json) {
        print_line(stdout, devices_as_json(devices));
    } else {
        for (const Device& device : devices) {
            print_line(stdout, printable(line(device)));
        }
    }
    flush_stdout();
    return success_exit_code;
}

} // namespace kizuna::cli
