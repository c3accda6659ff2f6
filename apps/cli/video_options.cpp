#include "video_options.hpp"

#include "help.hpp"
#include "option_checks.hpp"
#include "shared_options.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace kizuna::cli {
namespace {

constexpr int greatest_crf = 63;
constexpr int greatest_tolerance = 255;
constexpr int least_segment = 6;
constexpr int greatest_segment = 100'000;
constexpr double usual_preview_seconds = 5;

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && value >= 0;
    return is_number ? std::optional(value) : std::nullopt;
}

/// "00:03:20.5", "3:20", "200".
std::optional<double> parse_time(std::string_view text) {
    constexpr double in_the_next = 60;
    double seconds = 0;
    while (true) {
        const std::size_t colon = text.find(':');
        const auto number = parse_number(text.substr(0, colon));
        if (!number) {
            return std::nullopt;
        }
        seconds = seconds * in_the_next + *number;
        if (colon == std::string_view::npos) {
            return seconds;
        }
        text.remove_prefix(colon + 1);
    }
}

struct Part {
    double begin = 0;
    double length = usual_preview_seconds;
};

/// "00:03:20+5s": from when, and how long.
std::optional<Part> parse_part(std::string_view text) {
    Part part;
    const std::size_t plus = text.find('+');
    const auto begin = parse_time(text.substr(0, plus));
    if (plus != std::string_view::npos) {
        std::string_view length = text.substr(plus + 1);
        if (length.ends_with('s')) {
            length.remove_suffix(1);
        }
        const auto seconds = parse_time(length);
        if (!seconds || *seconds == 0) {
            return std::nullopt;
        }
        part.length = *seconds;
    }
    part.begin = begin.value_or(0);
    return begin ? std::optional(part) : std::nullopt;
}

void add_file_options(CLI::App& app, VideoCommand& command) {
    VideoOptions& video = command.video;
    auto* output = app.add_option("-o,--output", command.output, "A video, a sequence of pictures, or '-'")
                       ->check(check_not_empty)
                       ->type_name("OUT")
                       ->group("Files");
    auto* sheet = app.add_option(
                         "--contact-sheet", command.contact_sheet,
                         "Instead of a video: pictures from all over it, on one")
                      ->check(check_not_empty)
                      ->type_name("OUT.png")
                      ->group("Files");
    output->excludes(sheet);
    app.add_flag("--overwrite", video.overwrite, "Replace an output that exists")->group("Files");
    app.add_flag(
           "--restart", video.restart,
           "Begin anew; what is kept of earlier work on this output is thrown away")
        ->group("Files");
    app.add_option("--segment", video.segment_frames, "Frames that are kept at once, whatever happens later")
        ->transform(whole_number(least_segment, greatest_segment))
        ->type_name("FRAMES")
        ->capture_default_str()
        ->group("Files");
    app.add_flag("--drop-streams", video.drop_streams, "Leave out streams that OUT cannot hold")
        ->group("Files");
}

void add_encoding_options(CLI::App& app, VideoOptions& video) {
    app.add_option("--encoder", video.encoder, "FFmpeg's name of one; libx264, for WebM libvpx-vp9")
        ->check(check_not_empty)
        ->type_name("NAME")
        ->group("Encoding");
    app.add_option("--crf", video.crf, "Quality, lower is better; 16 for libx264")
        ->transform(whole_number(0, greatest_crf))
        ->type_name("N")
        ->group("Encoding");
    app.add_option("--preset", video.preset, "The encoder's, like slow")
        ->check(check_not_empty)
        ->type_name("NAME")
        ->group("Encoding");
    app.add_option(
           "--pix-fmt", video.pixel_format,
           "FFmpeg's name of one; yuv420p, or with 10 bits if IN has more than 8")
        ->check(check_not_empty)
        ->type_name("NAME")
        ->group("Encoding");
    add_choice<std::string>(
        app, "--pipe", video.pipe_format, {{"y4m", "y4m"}, {"nut", "nut"}},
        "What goes to standard output; y4m if not given")
        ->group("Encoding");
}

void add_frame_options(CLI::App& app, VideoOptions& video) {
    const auto set_part = [&video](const std::string& text) {
        const Part part = parse_part(text).value_or(Part{});
        video.begin_seconds = part.begin;
        video.length_seconds = part.length;
    };
    const Check check_part = [](const std::string& text) {
        return parse_part(text) ? std::string() : "'" + text + "' is not a part of a video like 00:03:20+5s";
    };
    app.add_option_function<std::string>("--preview", set_part, "A part only: from when, and how long")
        ->check(check_part)
        ->type_name("TIME+LENGTH")
        ->group("Frames");
    app.add_flag("--compare", video.compare, "Before and after side by side")->group("Frames");
    add_choice<Deinterlace>(
        app, "--deinterlace", video.deinterlace,
        {{"auto", Deinterlace::automatic}, {"off", Deinterlace::off}, {"on", Deinterlace::on}},
        "Make whole pictures of interlaced ones; auto: of those that say so")
        ->group("Frames");
    app.add_option(
           "--still-tolerance", video.still_tolerance,
           "Levels of 255 by which a frame may differ from one that is used again for it")
        ->transform(whole_number(0, greatest_tolerance))
        ->type_name("N")
        ->capture_default_str()
        ->group("Frames");
    app.add_flag("--temporal", video.temporal, "Steady what stands still: less grain and flicker")
        ->group("Frames");
}

} // namespace

CLI::App* add_video(CLI::App& app, VideoCommand& command) {
    CLI::App* video = app.add_subcommand("video", "Upscale a video");
    video->add_option("INPUT", command.input, "A video")->required()->check(check_not_empty);
    add_size_options(*video, command.video.upscale);
    add_file_options(*video, command);
    add_encoding_options(*video, command.video);
    add_frame_options(*video, command.video);
    add_network_options(*video, command.model, command.video.upscale, command.engine);
    add_report_options(*video, command.reports);
    video->footer(std::string(video_examples) + std::string(exit_codes));
    return video;
}

} // namespace kizuna::cli
