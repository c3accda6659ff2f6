#pragma once

#include "graph/network.hpp"
#include "service/candidates.hpp"

#include "kizuna/precision.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What was found out about networks on this machine's devices, kept in files of JSON: by tune(), and of
// cards' memory when it is first used. Networks of the same operators and sizes share theirs, whatever their
// weights are. A measurement is of no account where the device, its driver or the engine is another by now.
namespace kizuna {

/// Of one device. What was not measured is 0.
struct Measurement {
    std::string network; ///< a hash of its operators and their sizes
    std::string name;    ///< of the one that was measured; for people
    std::string provider;
    int device = 0;
    std::string hardware;                       ///< hardware_of() at the time
    Precision precision = Precision::automatic; ///< that was asked for
    std::int64_t tile_px = 0;                   ///< the best, see Session::best_tile_px
    double megapixels_per_second = 0;           ///< of a picture of 1920 × 1080, before it is enlarged
    double bytes_per_pixel = 0;                 ///< see Session::bytes_per_pixel
};

/// The device, its driver and the engine, in words. May open the engine's library.
[[nodiscard]] std::string hardware_of(const Candidate& candidate, int device);

/// What is in a file. `what`: it, in words. Throws Error{corrupt}, naming the field.
[[nodiscard]] std::vector<Measurement> parse_measurements(std::string_view text, const std::string& what);
[[nodiscard]] std::string write_measurements(std::span<const Measurement> measurements);

/// All of this network's in a file. Nothing where there is none; where it cannot be read the log says why.
[[nodiscard]] std::vector<Measurement>
measurements_of(const Network& network, const std::filesystem::path& file);

/// The one of this device, if what was measured is what is here.
[[nodiscard]] std::optional<Measurement>
measurement_of(const std::vector<Measurement>& all, const Candidate& candidate, int device);

/// Candidates in the order of preference, but before those that were found to be slower the fastest of all
/// that were measured. Who comes later by default has to be a tenth faster.
[[nodiscard]] std::vector<Candidate> in_measured_order(
    std::vector<Candidate> candidates, const std::vector<Measurement>& measurements, int device);

/// Writes them for this network, which they need not name, in the place of these devices' others. Throws
/// Error{io}.
void keep_measurements(
    const Network& network, const std::filesystem::path& file, std::vector<Measurement> measurements);

} // namespace kizuna
