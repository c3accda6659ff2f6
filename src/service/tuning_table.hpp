#pragma once

#include "graph/network.hpp"
#include "service/candidates.hpp"

#include "kizuna/precision.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

// What tune() has measured, kept until somebody measures again: tuning_file(), lines in JSON. Networks of the
// same operators and sizes share theirs, whatever their weights are. A line is of no account where the
// device, its driver or the engine is another by now.
namespace kizuna {

/// What is best on a device.
struct TunedDevice {
    std::string provider;
    int device = 0;
    std::string hardware;                       ///< hardware_of() when it was measured
    Precision precision = Precision::automatic; ///< or fp32, where that is no slower
    std::int64_t tile_px = 0;                   ///< see Session::best_tile_px; 0 = nobody has measured it
    double megapixels_per_second = 0;           ///< of a picture of 1920 × 1080, before it is enlarged
};

/// The device, its driver and the engine, in words. May open the engine's library.
[[nodiscard]] std::string hardware_of(const Candidate& candidate, int device);

/// What is known of this network. Nothing where there is no table; where it cannot be read the log says why.
[[nodiscard]] std::vector<TunedDevice> tuned_devices(const Network& network);

/// The line of this device, if what was measured is what is here.
[[nodiscard]] std::optional<TunedDevice>
tuned(const std::vector<TunedDevice>& lines, const Candidate& candidate, int device);

/// Candidates in the order of preference, but before those that were found to be slower the fastest of all
/// that were measured. Who comes later by default has to be a tenth faster.
[[nodiscard]] std::vector<Candidate>
in_tuned_order(std::vector<Candidate> candidates, const std::vector<TunedDevice>& lines, int device);

/// Writes these devices' lines for this network; others stay. Throws Error{not_found} where there is no
/// folder for it, Error{io}.
void keep_tuning(const Network& network, std::span<const TunedDevice> devices);

} // namespace kizuna
