#include "api/c/commands.hpp"

#include "api/c/command_host.hpp"
#include "base/atomic_file.hpp"
#include "service/cards.hpp"
#include "service/json_object.hpp"

#include "kizuna/device.hpp"
#include "kizuna/tuning.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <limits>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kizuna::c {

namespace {

using Json = JsonObject::Json;

/// The largest whole number that every JSON reader keeps.
constexpr std::uint64_t most = std::uint64_t{1} << 53U;

/// A command's request. What it does not know is refused: a misspelt option would otherwise be lost in
/// silence.
class Request {
  public:
    Request(const Json& json, const char* command, std::initializer_list<const char*> fields)
        : object_(json, std::string("the request of ") + command) {
        for (const auto& item : json.items()) {
            const std::string& name = item.key();
            if (std::find(fields.begin(), fields.end(), name) == fields.end()) {
                throw Error(
                    ErrorCode::invalid_argument,
                    fmt::format("{} has no field \"{}\"; it has {}", command, name, fmt::join(fields, ", ")));
            }
        }
    }

    [[nodiscard]] std::string text(const char* name) const { return object_.text(name); }

    [[nodiscard]] std::string text_or(const char* name, const char* otherwise) const {
        return object_.optional_text(name).value_or(otherwise);
    }

    [[nodiscard]] bool flag(const char* name) const { return object_.flag(name); }

    [[nodiscard]] std::int64_t number_or(const char* name, std::int64_t otherwise) const {
        const Json* found = object_.find(name);
        if (found == nullptr) {
            return otherwise;
        }
        if (!found->is_number_integer() || found->get<double>() < -static_cast<double>(most) ||
            found->get<double>() > static_cast<double>(most)) {
            object_.refuse(name, "a whole number");
        }
        return found->get<std::int64_t>();
    }

    [[nodiscard]] int int_or(const char* name, int otherwise) const {
        const std::int64_t number = number_or(name, otherwise);
        if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
            object_.refuse(name, "a whole number of usual size");
        }
        return static_cast<int>(number);
    }

    [[nodiscard]] std::uint32_t size_or_0(const char* name) const {
        return static_cast<std::uint32_t>(
            object_.optional_number(name, 0, std::numeric_limits<std::uint32_t>::max()).value_or(0));
    }

    [[nodiscard]] double real_or(const char* name, double otherwise) const {
        const Json* found = object_.find(name);
        if (found == nullptr) {
            return otherwise;
        }
        if (!found->is_number()) {
            object_.refuse(name, "a number");
        }
        return found->get<double>();
    }

    [[nodiscard]] bool has(const char* name) const { return object_.find(name) != nullptr; }

  private:
    JsonObject object_;
};

Json names_of(const std::vector<std::string>& names) {
    Json list = Json::array();
    for (const std::string& name : names) {
        list.push_back(name);
    }
    return list;
}

Json devices(const Json& json) {
    const Request request(json, "devices", {});
    Json list = Json::array();
    for (const Device& device : list_devices()) {
        list.push_back(
            {{"provider", device.provider},
             {"aliases", names_of(device.aliases)},
             {"engine", device.engine},
             {"available", device.available},
             {"problem", device.problem},
             {"freeMemoryBytes", device.free_memory_bytes}});
    }
    return list;
}

Json tune_devices(const Json& json) {
    const Request request(json, "tune", {"model", "provider"});
    TuneOptions options;
    options.provider = request.text_or("provider", "auto");
    const Model model = Model::load(choose_model({request.text_or("model", ""), 0, ""}));
    Json list = Json::array();
    for (const TuneMeasurement& best : tune(model, options)) {
        list.push_back(
            {{"provider", best.provider},
             {"device", best.device},
             {"precision", to_string(best.precision)},
             {"tile", best.tile_px},
             {"megapixelsPerSecond", best.megapixels_per_second},
             {"problem", best.problem}});
    }
    return list;
}

Json memory(const Json& json) {
    const Request request(json, "memory", {});
    Json list = Json::array();
    for (const MemoryUse& use : memory_use()) {
        list.push_back(
            {{"provider", use.provider},
             {"device", use.device},
             {"inUseBytes", use.in_use_bytes},
             {"peakBytes", use.peak_bytes}});
    }
    return list;
}

Json models(const Json& json) {
    const Request request(json, "models", {});
    Json list = Json::array();
    for (const ModelEntry& model : list_models()) {
        list.push_back(
            {{"name", model.name},
             {"aliases", names_of(model.aliases)},
             {"scale", model.scale},
             {"denoise", model.denoise},
             {"description", model.description},
             {"licence", model.licence},
             {"installed", model.installed}});
    }
    return list;
}

Json described(const JobResult& result) {
    Json json{{"job", result.id}, {"key", result.key}};
    if (result.error) {
        json["state"] = result.state == JobState::failed      ? "failed"
                        : result.state == JobState::timed_out ? "timed_out"
                                                              : "cancelled";
        json["error"] = {
            {"code", std::string(to_string(result.error->code()))}, {"message", result.error->what()}};
        return json;
    }
    json["state"] = "done";
    json["output"] = std::get<std::filesystem::path>(result.output).string();
    json["fromCache"] = result.from_cache;
    json["provider"] = result.provider;
    if (!result.from_cache) {
        json["width"] = result.report.output_width;
        json["height"] = result.report.output_height;
    }
    json["seconds"] = {
        {"waited", result.waited_seconds},
        {"ran", result.ran_seconds},
        {"decode", result.report.decode_seconds},
        {"engine", result.report.engine_seconds},
        {"encode", result.report.encode_seconds}};
    return json;
}

std::optional<std::chrono::milliseconds> limit(std::int64_t milliseconds) {
    return milliseconds == 0 ? std::nullopt : std::optional(std::chrono::milliseconds(milliseconds));
}

/// As the program does. Last of all, so that nothing is left of a request that was refused.
void make_folder_for(const JobRequest& job) {
    const auto* file = std::get_if<ToFile>(&job.target);
    if (file != nullptr && file->path.has_parent_path()) {
        make_folder(file->path.parent_path());
    }
}

std::optional<int> given(const Request& request, const char* name) {
    return request.has(name) ? std::optional(request.int_or(name, 0)) : std::nullopt;
}

JobRequest job_of(const Request& request) {
    const double scale = request.real_or("scale", 0);
    const std::string name =
        choose_model({request.text_or("model", ""), scale, request.text_or("denoise", "")});
    ToFile target{request.text("output"), {}};
    target.options.encode.format = request.text_or("format", "");
    target.options.encode.quality = given(request, "quality");
    target.options.encode.lossless = request.flag("lossless");
    target.options.overwrite = request.flag("overwrite");
    JobRequest job{
        std::filesystem::path(request.text("input")),
        std::move(target),
        CommandHost::instance().model(name),
        {},
        {},
        {},
        {}};
    job.options.scale = scale;
    job.options.width_px = request.size_or_0("width");
    job.options.height_px = request.size_or_0("height");
    job.options.fit = request.flag("fit");
    job.options.tile_px = request.int_or("tile", 0);
    job.options.tta = request.flag("tta");
    job.options.syncgap = request.int_or("syncgap", 1);
    job.terms.priority = request.int_or("priority", 0);
    job.terms.key = request.text_or("key", "");
    job.terms.time_out = limit(request.number_or("timeOutMs", 0));
    job.terms.deadline = limit(request.number_or("deadlineMs", 0));
    make_folder_for(job);
    return job;
}

JobResult run_and_wait(Jobs& jobs, JobRequest job) {
    auto promise = std::make_shared<std::promise<JobResult>>();
    job.ended = [promise](JobResult result) { promise->set_value(std::move(result)); };
    jobs.submit(std::move(job));
    JobResult result = promise->get_future().get();
    if (result.error) {
        throw Error(*result.error);
    }
    return result;
}

EngineOptions device_of(const Request& request) {
    EngineOptions options;
    options.provider = request.text_or("provider", "auto");
    options.device = request.int_or("device", 0);
    return options;
}

Json upscale(const Json& json) {
    const Request request(json, "upscale", {"input",      "output", "model",    "denoise",  "scale",
                                            "width",      "height", "fit",      "tile",     "tta",
                                            "syncgap",    "format", "quality",  "lossless", "overwrite",
                                            "provider",   "device", "priority", "key",      "timeOutMs",
                                            "deadlineMs", "wait"});
    const auto jobs = CommandHost::instance().jobs(device_of(request));
    JobRequest job = job_of(request);
    if (request.has("wait") && !request.flag("wait")) {
        return {{"job", jobs->submit(std::move(job))}};
    }
    return described(run_and_wait(*jobs, std::move(job)));
}

/// Results of jobs that nobody waits for.
Json take(const Json& json) {
    const Request request(json, "take", {"provider", "device", "timeOutMs"});
    const auto jobs = CommandHost::instance().jobs(device_of(request));
    const auto result = jobs->take(std::chrono::milliseconds(request.number_or("timeOutMs", 0)));
    return result ? described(*result) : Json(nullptr);
}

Json jobs(const Json& json) {
    const Request request(json, "jobs", {});
    Json list = Json::array();
    for (const auto& [device, queue] : CommandHost::instance().all_jobs()) {
        for (const JobStatus& job : queue->list()) {
            list.push_back(
                {{"job", job.id},
                 {"key", job.key},
                 {"state", job.state == JobState::running ? "running" : "waiting"},
                 {"priority", job.priority},
                 {"seconds", job.seconds}});
        }
    }
    return list;
}

/// By number on one device, or by key on all.
Json cancel(const Json& json) {
    const Request request(json, "cancel", {"job", "key", "provider", "device"});
    std::size_t cancelled = 0;
    if (request.has("key")) {
        for (const auto& [device, queue] : CommandHost::instance().all_jobs()) {
            cancelled += queue->cancel_key(request.text("key"));
        }
    } else {
        const auto queue = CommandHost::instance().jobs(device_of(request));
        cancelled = queue->cancel(static_cast<JobId>(request.number_or("job", 0))) ? 1 : 0;
    }
    return {{"cancelled", cancelled}};
}

Json set_priority(const Json& json) {
    const Request request(json, "set_priority", {"job", "priority", "provider", "device"});
    const auto queue = CommandHost::instance().jobs(device_of(request));
    const auto job = static_cast<JobId>(request.number_or("job", 0));
    return {{"found", queue->set_priority(job, request.int_or("priority", 0))}};
}

// The six commands that hosts of sr_vulkan have.

Json init_manager(const Json& json) {
    const Request request(json, "init_sr_vulkan_manager", {"thumbnailRoot", "thumbnailPath", "cacheRoot"});
    const char* const field = request.has("cacheRoot")       ? "cacheRoot"
                              : request.has("thumbnailPath") ? "thumbnailPath"
                                                             : "thumbnailRoot";
    const std::string root = request.text(field);
    CommandHost::instance().keep_results_in(std::filesystem::path(root) / "kizuna");
    return true;
}

Json availability(const Json& json) {
    const Request request(json, "check_sr_vulkan_availability", {});
    const auto all = list_devices();
    return std::any_of(all.begin(), all.end(), [](const Device& device) { return device.available; });
}

bool is_graphics_card(const Device& device) {
    return device.available && !is_on_processor(device.provider);
}

Json graphics_cards(const Json& json) {
    const Request request(json, "get_sr_vulkan_gpu_info", {});
    Json list = Json::array();
    for (const Device& device : list_devices()) {
        if (is_graphics_card(device)) {
            list.push_back({{"id", list.size()}, {"name", device.provider + " (" + device.engine + ")"}});
        }
    }
    return list;
}

/// Its numbers of cards are those of get_sr_vulkan_gpu_info; -1 is the processor, and where there is no card,
/// the best there is.
EngineOptions device_by_number(int number) {
    EngineOptions options;
    if (number < 0) {
        options.provider = "cpu";
        return options;
    }
    std::vector<std::string> cards;
    for (const Device& device : list_devices()) {
        if (is_graphics_card(device)) {
            cards.push_back(device.provider);
        }
    }
    if (static_cast<std::size_t>(number) < cards.size()) {
        options.provider = cards[static_cast<std::size_t>(number)];
    } else if (!cards.empty() || number > 0) {
        throw Error(
            ErrorCode::device_unavailable,
            fmt::format("there is no graphics card {}; there are {}", number, cards.size()));
    }
    return options;
}

Json upscale_image(const Json& json) {
    const Request request(
        json, "upscale_image_sr_vulkan",
        {"imagePath", "savePath", "model", "scale", "gpuId", "tileSize", "tta", "priority", "key",
         "timeOutMs"});
    ToFile target{request.text("savePath"), {}};
    target.options.overwrite = true; // as the original does
    if (target.path.extension().empty()) {
        target.options.encode.format = "webp";
    }
    JobRequest job{
        std::filesystem::path(request.text("imagePath")),
        std::move(target),
        CommandHost::instance().model(request.text_or("model", std::string(default_model_name()).c_str())),
        {},
        {},
        {},
        {}};
    job.options.scale = request.real_or("scale", 0);
    job.options.tile_px = request.int_or("tileSize", 0);
    job.options.tta = request.flag("tta");
    job.terms.priority = request.int_or("priority", 0);
    job.terms.key = request.text_or("key", "");
    job.terms.time_out = limit(request.number_or("timeOutMs", 0));
    const auto queue = CommandHost::instance().jobs(device_by_number(request.int_or("gpuId", 0)));
    make_folder_for(job);
    return std::get<std::filesystem::path>(run_and_wait(*queue, std::move(job)).output).string();
}

ResultCache& the_cache(const std::shared_ptr<ResultCache>& cache) {
    if (!cache) {
        throw Error(
            ErrorCode::not_found, "there is no cache: call init_sr_vulkan_manager with its folder first");
    }
    return *cache;
}

Json cache_stats(const Json& json) {
    const Request request(json, "get_sr_vulkan_cache_stats", {});
    const auto cache = CommandHost::instance().cache();
    const CacheStats stats = the_cache(cache).stats();
    return {{"files", stats.entries}, {"bytes", stats.bytes},     {"hits", stats.hits},
            {"misses", stats.misses}, {"damaged", stats.damaged}, {"folder", cache->folder().string()}};
}

Json cleanup_cache(const Json& json) {
    const Request request(json, "cleanup_sr_vulkan_cache", {"all", "maxAgeDays"});
    const auto cache = CommandHost::instance().cache();
    ResultCache& known = the_cache(cache);
    if (request.flag("all")) {
        return {{"freedBytes", known.clear()}};
    }
    constexpr std::int64_t century_days = 36'600;
    const std::int64_t days = request.number_or("maxAgeDays", century_days);
    if (days < 0 || days > century_days) {
        throw Error(ErrorCode::invalid_argument, "maxAgeDays is 0 to a hundred years' days");
    }
    return {{"freedBytes", known.clean_up(std::chrono::hours(24 * days))}};
}

struct Command {
    std::string_view name;
    Json (*run)(const Json& request);
};

constexpr std::array commands{
    Command{"upscale", upscale},
    Command{"take", take},
    Command{"jobs", jobs},
    Command{"cancel", cancel},
    Command{"set_priority", set_priority},
    Command{"models", models},
    Command{"devices", devices},
    Command{"memory", memory},
    Command{"tune", tune_devices},
    Command{"init_sr_vulkan_manager", init_manager},
    Command{"check_sr_vulkan_availability", availability},
    Command{"get_sr_vulkan_gpu_info", graphics_cards},
    Command{"upscale_image_sr_vulkan", upscale_image},
    Command{"get_sr_vulkan_cache_stats", cache_stats},
    Command{"cleanup_sr_vulkan_cache", cleanup_cache},
};

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json run(std::string_view name, std::string_view request) {
    const auto* const command = std::find_if(
        commands.begin(), commands.end(), [&](const Command& known) { return known.name == name; });
    if (command == commands.end()) {
        std::vector<std::string_view> names;
        names.reserve(commands.size());
        for (const Command& known : commands) {
            names.push_back(known.name);
        }
        throw Error(
            ErrorCode::not_found,
            fmt::format("there is no command {}; there are {}", name, fmt::join(names, ", ")));
    }
    const Json json = JsonObject::parse(request, "the request");
    return command->run(json);
}

} // namespace

CommandReply run_command(std::string_view name, std::string_view request) {
    const auto failure = [](const Error& error) {
        const Json json{
            {"error", {{"code", std::string(to_string(error.code()))}, {"message", error.what()}}}};
        return CommandReply{dump(json), error};
    };
    try {
        return {dump(run(name, request)), std::nullopt};
    } catch (const Error& error) {
        return failure(error);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return failure(Error(ErrorCode::internal, error.what()));
    }
}

} // namespace kizuna::c
