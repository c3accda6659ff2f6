#include "commands.hpp"
#include "console.hpp"
#include "options.hpp"
#include "signals.hpp"
#include "text.hpp"

#include "kizuna/error.hpp"

#include <exception>
#include <variant>

namespace {

using namespace kizuna::cli;

int run(const UpscaleCommand& command) {
    return run_upscale(command);
}

int run(const VideoCommand& command) {
    return run_video(command);
}

int run(const DevicesCommand& command) {
    release_signals();
    return run_devices(command);
}

int run(const TuneCommand& command) {
    release_signals();
    return run_tune(command);
}

int run(const ModelsCommand& command) {
    if (command.verb != ModelsCommand::Verb::pull) {
        release_signals();
    }
    return run_models(command);
}

int run(const InfoCommand& command) {
    release_signals();
    return run_info(command);
}

} // namespace

int main(int argc, char** argv) {
    try {
        open_standard_descriptors();
        prepare_signals();
        const auto parsed = parse_command_line(argc, argv);
        if (const int* code = std::get_if<int>(&parsed)) {
            flush_stdout();
            return *code;
        }
        return std::visit([](const auto& command) { return run(command); }, std::get<Command>(parsed));
    } catch (const kizuna::Error& error) {
        print_error(error.what());
        return error.code() == kizuna::ErrorCode::invalid_argument ? usage_exit_code : failure_exit_code;
    } catch (const std::exception& error) {
        print_error(error.what());
        return failure_exit_code;
    }
}
