#include "json_lines.hpp"
#include "report.hpp"

namespace kizuna::cli {
namespace {

class JsonReporter final : public Reporter {
  public:
    explicit JsonReporter(bool quiet)
        : lines_(quiet) {}

    void begin(std::size_t pictures, const Means& means) override {
        lines_.say(
            {{"event", "begin"},
             {"pictures", pictures},
             {"model", means.model},
             {"provider", means.provider}});
    }

    void tiles(const Job& job, std::span<const TilePlacement> tiles) override {
        for (const TilePlacement& tile : tiles) {
            lines_.say(
                {{"event", "tile"},
                 {"input", job.input.string()},
                 {"pass", tile.pass},
                 {"input_x", tile.input_x},
                 {"input_y", tile.input_y},
                 {"input_width", tile.input_width},
                 {"input_height", tile.input_height},
                 {"output_x", tile.output_x},
                 {"output_y", tile.output_y},
                 {"output_width", tile.output_width},
                 {"output_height", tile.output_height}});
        }
    }

    void progress(const Job& job, const Progress& progress) override {
        lines_.say(
            {{"event", "progress"},
             {"input", job.input.string()},
             {"tiles_done", progress.tiles_done},
             {"tiles_total", progress.tiles_total},
             {"frames_done", progress.frames_done},
             {"frames_total", progress.frames_total},
             {"seconds", progress.seconds}});
    }

    void done(const Job& job, const UpscaleReport& report) override {
        JsonFields fields{
            {"event", "done"},
            {"input", job.input.string()},
            {"output", job.output.string()},
            {"input_width", report.input_width},
            {"input_height", report.input_height},
            {"output_width", report.output_width},
            {"output_height", report.output_height},
            {"frames", report.frames},
            {"repeated_frames", report.repeated_frames},
            {"tiles", report.tiles},
            {"seconds", report.seconds}};
        if (job.output != standard_stream) { // else only the whole is known
            fields.insert(
                fields.end(), {{"repeated_tiles", report.repeated_tiles},
                               {"decode_seconds", report.decode_seconds},
                               {"engine_seconds", report.engine_seconds},
                               {"encode_seconds", report.encode_seconds}});
        }
        lines_.say(fields);
    }

    void skipped(const Job& job) override {
        lines_.say({{"event", "skipped"}, {"input", job.input.string()}, {"output", job.output.string()}});
    }

    void failed(const Failure& failure) override {
        lines_.print(
            {{"event", "failed"},
             {"input", failure.input},
             {"code", std::string(to_string(failure.code))},
             {"message", failure.message}});
    }

    void log(LogLevel level, std::string_view input, std::string_view message) override {
        if (level == LogLevel::debug) {
            return;
        }
        lines_.say(
            {{"event", level == LogLevel::warning ? "warning" : "info"},
             {"input", std::string(input)},
             {"message", std::string(message)}});
    }

    void finish(const Tally& tally) override { lines_.say(end(tally)); }

    [[nodiscard]] std::string last_words(const Tally& tally) const override {
        return lines_.quiet() ? "" : json_object(end(tally)) + "\n";
    }

  private:
    static JsonFields end(const Tally& tally) {
        return {
            {"event", "end"},
            {"done", tally.done},
            {"skipped", tally.skipped},
            {"failed", tally.failed},
            {"total", tally.total},
            {"seconds", tally.seconds},
            {"interrupted", tally.interrupted}};
    }

    JsonLines lines_;
};

} // namespace

std::unique_ptr<Reporter> make_json_reporter(bool quiet) {
    return std::make_unique<JsonReporter>(quiet);
}

} // namespace kizuna::cli
