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

/// Those that it has, in megapixels per second.
std::string speeds(const Device& device) {
    std::string text;
    for (const DeviceSpeed& speed : device.speeds) {
        if (speed.problem.empty()) {
            text += fmt::format(
                "{} {} {:.3g} MP/s", text.empty() ? ";" : ",", to_string(speed.precision),
                speed.megapixels_per_second);
        }
    }
    return text;
}

std::string line(const Device& device) {
    std::string text = fmt::format(
        "{:<10}  {:<13}  {}", device.provider, device.available ? "available" : "not available",
        device.engine);
    if (!device.available) {
        return text + ": " + device.problem;
    }
    if (!device.name.empty()) {
        text += ", " + device.name;
    }
    if (!device.driver.empty()) {
        text += fmt::format(" (driver {})", device.driver);
    }
    if (device.free_memory_bytes > 0) {
        text += fmt::format(", {:.1f}", static_cast<double>(device.free_memory_bytes) / bytes_per_gib);
        if (device.total_memory_bytes > 0) {
            text += fmt::format(" of {:.1f}", static_cast<double>(device.total_memory_bytes) / bytes_per_gib);
        }
        text += " GiB of memory free";
    }
    return text + speeds(device);
}

std::vector<Device> devices_in_silence(bool probe) {
    const MuteDrivers mute;
    return probe ? probe_devices() : list_devices();
}

} // namespace

int run_devices(const DevicesCommand& command) {
    const std::vector<Device> devices = devices_in_silence(command.probe);
    if (command.json) {
        print_line(stdout, devices_as_json(devices, command.probe));
    } else {
        for (const Device& device : devices) {
            print_line(stdout, printable(line(device)));
        }
    }
    flush_stdout();
    return success_exit_code;
}

} // namespace kizuna::cli
