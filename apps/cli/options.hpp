#pragma once

#include "kizuna/device.hpp"
#include "kizuna/model.hpp"
#include "kizuna/upscaler.hpp"
#include "kizuna/video_options.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

// The command line, understood. Says nothing about whether files exist.
namespace kizuna::cli {

enum class ProgressMode { automatic, always, never, json };

struct ReportOptions {
    ProgressMode progress = ProgressMode::automatic;
    std::string profile; ///< where a trace goes; empty: nowhere
    bool verbose = false;
    bool quiet = false;
};

struct UpscaleCommand {
    std::vector<std::string> inputs;
    std::optional<std::string> output;
    bool recursive = false;
    ModelWish model; ///< its scale is that of `upscale`
    UpscaleOptions upscale;
    EngineOptions engine;
    FileOptions file;
    bool skip_existing = false;
    int jobs = 1;
    bool print_tiles = false;
    ReportOptions reports;
};

struct VideoCommand {
    std::string input;
    std::optional<std::string> output;
    std::string contact_sheet; ///< where it goes; empty: none
    ModelWish model;           ///< its scale is that of `video.upscale`
    VideoOptions video;
    EngineOptions engine;
    ReportOptions reports;
};

struct DevicesCommand {
    bool json = false;
    bool probe = false;
};

struct TuneCommand {
    ModelWish model;
    std::string provider = "auto";
    bool json = false;
};

struct ModelsCommand {
    enum class Verb { list, info, pull, import, verify, remove, write_onnx };
    Verb verb = Verb::list;
    std::vector<std::string> names;
    bool json = false; ///< list, info, verify
    // pull
    std::vector<std::string> families;
    bool all = false;
    std::string archive;
    ProgressMode progress = ProgressMode::automatic;
    bool quiet = false;
    // import
    std::string file;
    ImportOptions import;
    // export
    std::string output;
    bool half_floats = false;
    bool overwrite = false;
};

struct InfoCommand {
    std::vector<std::string> files;
    bool json = false;
};

using Command =
    std::variant<UpscaleCommand, VideoCommand, DevicesCommand, TuneCommand, ModelsCommand, InfoCommand>;

inline constexpr int success_exit_code = 0;
inline constexpr int failure_exit_code = 1;
inline constexpr int usage_exit_code = 2;

/// A command, or the code to exit with: help has been printed, or the error.
[[nodiscard]] std::variant<Command, int> parse_command_line(int argc, const char* const* argv);

} // namespace kizuna::cli
