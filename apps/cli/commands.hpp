#pragma once

#include "options.hpp"

// What each command does; the result is the program's exit code. What fails as a whole is thrown as
// kizuna::Error.
namespace kizuna::cli {

int run_upscale(const UpscaleCommand& command);
int run_video(const VideoCommand& command);
int run_devices(const DevicesCommand& command);
int run_models(const ModelsCommand& command);
int run_tune(const TuneCommand& command);
int run_info(const InfoCommand& command);

} // namespace kizuna::cli
