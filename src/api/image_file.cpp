#include "kizuna/image_file.hpp"

#include "base/atomic_file.hpp"
#include "codec/codec.hpp"
#include "codec/exif.hpp"
#include "service/picture_file.hpp"

#include "kizuna/error.hpp"

#include <utility>

namespace kizuna {

namespace {

void encode(const ImageView& image, ImageFormat format, OutputStream& out, const EncodeSettings& settings) {
    const EncodeOptions options = encode_options(format, settings);
    check_sides(format, image.info().width, image.info().height);
    const auto rows = make_storable(rows_of_borrowed(image), format);
    const auto sink = open_encoder(format, out, rows->info(), options);
    copy_rows(*rows, *sink);
}

} // namespace

ImageFileInfo inspect_image(const std::filesystem::path& path) {
    try {
        const auto decoder = open_decoder(open_file(path), {});
        ImageFileInfo info;
        info.format = to_string(decoder->file_format());
        info.image = decoder->info();
        info.orientation = codec::exif_orientation(decoder->info().metadata.exif);
        info.frames = decoder->frame_count();
        if (const auto& animation = decoder->animation()) {
            info.animation = AnimationInfo{animation->seconds(), animation->plays};
        }
        return info;
    } catch (const Error& error) {
        throw naming(error, path);
    }
}

Image read_image(const std::filesystem::path& path, std::uint64_t max_pixels) {
    try {
        return read_image(*open_picture(open_file(path), max_pixels).take_rows());
    } catch (const Error& error) {
        throw naming(error, path);
    }
}

Image decode_image(std::span<const std::byte> bytes, std::uint64_t max_pixels) {
    return read_image(*open_picture(open_memory(bytes), max_pixels).take_rows());
}

void write_image(const ImageView& image, const std::filesystem::path& path, const EncodeSettings& settings) {
    try {
        const ImageFormat format = output_format(settings, path, ImageFormat::png);
        AtomicFile file(path, AtomicFile::IfExists::replace);
        encode(image, format, file, settings);
        file.commit();
    } catch (const Error& error) {
        throw naming(error, path);
    }
}

std::vector<std::byte> encode_image(const ImageView& image, const EncodeSettings& settings) {
    if (settings.format.empty()) {
        throw Error(ErrorCode::invalid_argument, "encoding a picture needs a format");
    }
    MemoryOutput out;
    encode(image, output_format(settings, {}, ImageFormat::png), out, settings);
    return std::move(out.bytes());
}

void check_encode_settings(const EncodeSettings& settings, const std::filesystem::path& output) {
    if (settings.format.empty() && !output.has_extension()) {
        return;
    }
    try {
        (void)encode_options(output_format(settings, output, ImageFormat::png), settings);
    } catch (const Error& error) {
        throw naming(error, output);
    }
}

bool is_image_file(const std::filesystem::path& path) {
    return is_picture_name(path);
}

std::string extension_of_format(std::string_view format) {
    if (format.empty()) {
        throw Error(ErrorCode::invalid_argument, "a format needs a name");
    }
    switch (output_format({std::string(format), {}, {}, false, false}, {}, ImageFormat::png)) {
    case ImageFormat::jpeg:
        return "jpg";
    case ImageFormat::tiff:
        return "tif";
    case ImageFormat::webp:
        return "webp";
    case ImageFormat::avif:
        return "avif";
    case ImageFormat::jxl:
        return "jxl";
    case ImageFormat::bmp:
        return "bmp";
    case ImageFormat::gif:
        return "gif";
    case ImageFormat::apng:
        return "apng";
    case ImageFormat::png:
        break;
    }
    return "png";
}

} // namespace kizuna
