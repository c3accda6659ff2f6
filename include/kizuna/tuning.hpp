#pragma once

#include "kizuna/cancel.hpp"
#include "kizuna/export.hpp"
#include "kizuna/model.hpp"
#include "kizuna/precision.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace kizuna {

/// A device with one of its settings, and how fast a network was so.
struct TuneMeasurement {
    std::string provider;
    int device = 0; ///< which of the provider's
    Precision precision = Precision::automatic;
    int tile_px = 0;                  ///< 0 = the only size, or one that follows from the picture
    double megapixels_per_second = 0; ///< of a picture of 1920 × 1080, before it is enlarged
    std::string problem;              ///< why it was not measured, empty where it was
};

struct TuneOptions {
    /// The devices to measure, as EngineOptions::provider lists them; "auto": all providers that are here.
    std::string provider = "auto";
    /// Called after each measurement, on the caller's thread; may be empty.
    std::function<void(const TuneMeasurement&)> progress;
    CancelToken cancel;
};

/// Measures which device, precision and size of tiles are the fastest for a network on this machine, and
/// keeps it in tuning_file(). From then on, in every process, "auto" takes the fastest device for this
/// network (and others of the same operators and sizes), and devices their best precision and tiles, wherever
/// nobody has asked for others. It is of no account any more when the device, its driver or the engine has
/// changed.
///
/// Seconds for light networks, minutes for heavy ones, and on TensorRT, which compiles for each size of tile.
/// Nothing else should be at work meanwhile. The result has the best setting of each device, fastest first,
/// and after them those that could not be measured. Thread-safe. Throws Error{device_unavailable} where a
/// device was named that is not here, Error{unsupported} where none could be measured, {cancelled} (then
/// nothing is kept), and {io} and {not_found} where nothing can be kept.
KIZUNA_API std::vector<TuneMeasurement> tune(const Model& model, const TuneOptions& options = {});

/// tuning.json in $XDG_CONFIG_HOME/kizuna, or in ~/.config/kizuna; it need not exist. Who removes it is back
/// at the defaults. Throws Error{not_found} where neither variable says where that is.
[[nodiscard]] KIZUNA_API std::filesystem::path tuning_file();

} // namespace kizuna
