#include "host.hpp"

#include "child_process.hpp"
#include "sample_picture.hpp"
#include "table.hpp"

#include "kizuna/kizuna.hpp"

#include <chrono>
#include <cstdio>
#include <dlfcn.h>
#include <memory>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;

struct Start {
    double seconds = 0;
    double bytes = 0;
};

fs::path this_library() {
    Dl_info info{};
    ::dladdr(reinterpret_cast<const void*>(&kizuna::list_devices), &info);
    return info.dli_fname;
}

/// A process of its own that opens the library and the network.
Start start_host(const std::string& model) {
    const fs::path program = kizuna_program().parent_path() / "host_start";
    const std::string command =
        fmt::format("'{}' '{}' '{}'", program.string(), this_library().string(), model);
    const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "r"), &::pclose);
    double milliseconds = 0;
    long kilobytes = 0;
    if (!output || std::fscanf(output.get(), "%lf %ld", &milliseconds, &kilobytes) != 2) {
        throw std::runtime_error("could not run " + program.string());
    }
    return {milliseconds / 1e3, static_cast<double>(kilobytes) * 1e3};
}

kizuna::JobResult run(kizuna::Jobs& jobs, kizuna::JobRequest request) {
    jobs.submit(std::move(request));
    auto result = jobs.take(std::chrono::minutes(10));
    if (!result || result->error) {
        throw std::runtime_error(result ? result->error->what() : "a job took too long");
    }
    return std::move(*result);
}

/// What a call costs beside the network itself: the queue, tiles, colours.
void measure_call(Table& table, const kizuna::Model& model) {
    kizuna::Jobs jobs({.devices = {{.provider = "cpu"}}});
    const kizuna::Image picture = sample_picture(256, 256);
    const double seconds =
        alternate({[&] {
            const kizuna::JobResult result = run(jobs, {picture, kizuna::ToImage{}, model, {}, {}, {}, {}});
            return result.waited_seconds + result.ran_seconds - result.report.engine_seconds;
        }}).front();
    table.add_number("a call beside the network, 256×256 pixels in memory", seconds * 1e3, "ms");
}

void measure_cache(Table& table, const kizuna::Model& model) {
    const fs::path folder = fs::temp_directory_path() / "kizuna-bench-cache";
    fs::remove_all(folder);
    kizuna::JobsOptions options;
    options.devices = {{.provider = "cpu"}};
    options.cache = std::make_shared<kizuna::ResultCache>(folder);
    kizuna::Jobs jobs(options);
    const auto encoded = kizuna::encode_image(sample_picture(640, 360), {.format = "webp"});
    const auto hit = [&] {
        const kizuna::JobResult result = run(jobs, {encoded, kizuna::ToBytes{}, model, {}, {}, {}, {}});
        return result.waited_seconds + result.ran_seconds;
    };
    (void)hit();
    table.add_number("a result from the cache, WebP of 1280×720", alternate({hit}).front() * 1e3, "ms");
    fs::remove_all(folder);
}

/// Against a host that starts the program for each picture.
void compare_with_processes(Table& table, const std::string& name) {
    const kizuna::Model model = kizuna::Model::load(name);
    kizuna::Jobs jobs({.devices = {{.provider = "cpu"}}});
    const kizuna::Image picture = sample_picture(128, 128);
    const fs::path input = sample_file(128, 128);
    const fs::path output = fs::temp_directory_path() / "kizuna-bench-host.png";
    const auto in_process = [&] {
        const kizuna::JobResult result =
            run(jobs, {input, kizuna::ToFile{output, {.overwrite = true}}, model, {}, {}, {}, {}});
        return result.waited_seconds + result.ran_seconds;
    };
    const auto by_a_process = [&] {
        return run_child({kizuna_program(), "upscale", input, "-o", output, "--model", name, "--provider",
                          "cpu", "--overwrite", "-q"})
            .seconds;
    };
    const auto on_screen = [&] {
        const kizuna::JobResult result = run(jobs, {picture, kizuna::ToImage{}, model, {}, {}, {}, {}});
        return result.waited_seconds + result.ran_seconds;
    };
    // A viewer has pixels and wants pixels; to and from a process they go through files.
    const auto on_screen_by_a_process = [&] {
        const auto start = std::chrono::steady_clock::now();
        kizuna::write_image(picture, input, {.effort = 1});
        (void)by_a_process();
        (void)kizuna::read_image(output);
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    (void)in_process();
    const auto seconds = alternate({in_process, by_a_process, on_screen, on_screen_by_a_process});
    table.add_times(
        fmt::format("128×128 file by {}, against a process for each", name), seconds[0], seconds[1]);
    table.add_times(fmt::format("128×128 pixels in memory by {}, likewise", name), seconds[2], seconds[3]);
    fs::remove(output);
}

} // namespace

int measure_host(const fs::path& json) {
    Table table;
    const std::string name(kizuna::default_model_name());
    Start last;
    const double seconds = alternate({[&] {
                               last = start_host(name);
                               return last.seconds;
                           }}).front();
    table.add_number("load the library, open the processor and the network", seconds * 1e3, "ms");
    table.add_number("memory for it, weights included", last.bytes / 1e6, "MB");
    const kizuna::Model model = kizuna::Model::load(name);
    measure_call(table, model);
    measure_cache(table, model);
    compare_with_processes(table, name);
    try {
        compare_with_processes(table, "anime4k-s-x2");
    } catch (const kizuna::Error& error) {
        table.note(error.what());
    }
    table.write(json);
    return 0;
}
