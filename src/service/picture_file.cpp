#include "service/picture_file.hpp"

#include "base/log.hpp"
#include "base/trace.hpp"
#include "image/convert.hpp"

#include "kizuna/error.hpp"

#include <cctype>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

namespace {

constexpr std::string_view writable_formats = "png, apng, jpeg, webp, avif, jxl, tiff, bmp, gif";

std::string extension_of(const std::filesystem::path& path) {
    const std::string extension = path.extension().string();
    return extension.empty() ? extension : extension.substr(1);
}

ImageFormat named_format(std::string_view name) {
    const auto format = image_format_from_name(name);
    if (!format) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("pictures cannot be written as '{}'; use one of {}", name, writable_formats));
    }
    return *format;
}

// As a word of its own: a file called "e" is not named by every message with an e.
bool mentions(std::string_view message, std::string_view name) {
    const auto is_part_of_a_name = [&](std::size_t at) {
        return at < message.size() && (std::isalnum(static_cast<unsigned char>(message[at])) != 0 ||
                                       message[at] == '_' || message[at] == '-' || message[at] == '/');
    };
    for (std::size_t at = message.find(name); at != std::string_view::npos; at = message.find(name, at + 1)) {
        if (!is_part_of_a_name(at - 1) &&
            !is_part_of_a_name(at + name.size())) { // at − 1 of 0 is beyond the end
            return true;
        }
    }
    return false;
}

} // namespace

bool is_picture_name(const std::filesystem::path& path) {
    return image_format_from_name(extension_of(path)).has_value();
}

OpenedPicture open_picture(std::unique_ptr<InputStream> in, std::uint64_t max_pixels) {
    const TraceScope scope("open picture");
    DecodeLimits limits;
    limits.max_pixels = max_pixels;
    return OpenedPicture(open_decoder(std::move(in), limits));
}

std::unique_ptr<RowSource> OpenedPicture::take_rows(bool first_is_asked_for) {
    if (!decoder_) {
        return apply_orientation(std::move(rows_));
    }
    if (decoder_->frame_count() > 1 && !first_is_asked_for) {
        log(LogLevel::warning,
            decoder_->animation()
                ? fmt::format(
                      "the file is an animation of {} frames, of which only the first is used; {} hold "
                      "animations",
                      decoder_->frame_count(), animated_formats())
                : fmt::format("the file has {} pages; only the first is used", decoder_->frame_count()));
    }
    return apply_orientation(std::move(decoder_));
}

ImageFormat
output_format(const EncodeSettings& settings, const std::filesystem::path& output, ImageFormat input) {
    if (!settings.format.empty()) {
        return named_format(settings.format);
    }
    if (const std::string extension = extension_of(output); !extension.empty()) {
        const ImageFormat format = named_format(extension);
        const bool stays_animated = format == ImageFormat::png && input == ImageFormat::apng;
        return stays_animated ? ImageFormat::apng : format;
    }
    return input;
}

EncodeOptions encode_options(ImageFormat format, const EncodeSettings& settings) {
    EncodeOptions options{settings.quality, settings.effort, settings.lossless};
    check_encode_options(format, options);
    return options;
}

std::unique_ptr<RowSource> make_storable(std::unique_ptr<RowSource> rows, ImageFormat format) {
    const PixelFormat have = rows->info().format;
    const PixelFormat storable = storable_format(format, have);
    if (have.has_alpha() && !storable.has_alpha()) {
        log(LogLevel::warning,
            fmt::format("{} cannot store transparency; the picture is put on white", to_string(format)));
    }
    if (bytes_per_sample(storable.sample) < bytes_per_sample(have.sample)) {
        log(LogLevel::warning, fmt::format(
                                   "{} cannot store {} bits per channel; {} are kept", to_string(format),
                                   8 * bytes_per_sample(have.sample), 8 * bytes_per_sample(storable.sample)));
    }
    return convert_format(std::move(rows), storable);
}

void copy_rows(RowSource& rows, RowSink& sink) {
    std::vector<std::byte> row(rows.info().row_bytes());
    for (std::uint32_t y = 0; y < rows.info().height; ++y) {
        rows.read_row(row);
        sink.write_row(row);
    }
    sink.finish();
}

Error naming(const Error& error, const std::filesystem::path& path) {
    const std::string name = path.string();
    return mentions(error.what(), name) ? error : error.with_context(name);
}

void check_sides(ImageFormat format, std::uint32_t width, std::uint32_t height) {
    const std::uint32_t most = max_side(format);
    if (width > most || height > most) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "{} pictures have at most {} pixels a side, and this one would be {}×{}; PNG, TIFF and "
                "JPEG XL have room for it",
                to_string(format), most, width, height));
    }
}

} // namespace kizuna
