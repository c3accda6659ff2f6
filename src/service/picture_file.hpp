#pragma once

#include "base/byte_stream.hpp"
#include "codec/codec.hpp"

#include "kizuna/error.hpp"
#include "kizuna/image_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

// Picture files as a user means them: the right way up on reading, in a format that can hold them on writing.
namespace kizuna {

/// The extensions that are taken for pictures when folders are walked.
[[nodiscard]] bool is_picture_name(const std::filesystem::path& path);

/// A picture that can be read: as rows or, where it is an animation, as frames; one of the two, once.
class OpenedPicture {
  public:
    explicit OpenedPicture(std::unique_ptr<Decoder> decoder)
        : format_(decoder->file_format())
        , decoder_(std::move(decoder)) {}

    /// Of a picture in memory.
    explicit OpenedPicture(std::unique_ptr<RowSource> rows)
        : rows_(std::move(rows)) {}

    /// PNG for pictures in memory.
    [[nodiscard]] ImageFormat format() const noexcept { return format_; }

    [[nodiscard]] bool is_animation() const noexcept { return decoder_ && decoder_->animation(); }

    /// With the EXIF orientation applied. Of several frames or pages the first, with a warning unless that is
    /// what is asked for.
    [[nodiscard]] std::unique_ptr<RowSource> take_rows(bool first_is_asked_for = false);

    /// As they are stored.
    [[nodiscard]] std::unique_ptr<FrameSource> take_frames() { return decoder_->take_frames(); }

  private:
    ImageFormat format_ = ImageFormat::png;
    std::unique_ptr<Decoder> decoder_;
    std::unique_ptr<RowSource> rows_; ///< where there is no decoder
};

[[nodiscard]] OpenedPicture open_picture(std::unique_ptr<InputStream> in, std::uint64_t max_pixels);

/// The format to write: by the settings, else by the output's extension (of an APNG that is to be .png,
/// APNG), else the input's. Throws Error{invalid_argument} for an unknown format, listing those we write.
[[nodiscard]] ImageFormat
output_format(const EncodeSettings& settings, const std::filesystem::path& output, ImageFormat input);

/// Throws Error{invalid_argument} for settings that the format does not take.
[[nodiscard]] EncodeOptions encode_options(ImageFormat format, const EncodeSettings& settings);

/// `rows` in the nearest format that `format` can store; what is lost is said in the log.
[[nodiscard]] std::unique_ptr<RowSource> make_storable(std::unique_ptr<RowSource> rows, ImageFormat format);

/// Reads every row of one into the other, and finishes it.
void copy_rows(RowSource& rows, RowSink& sink);

/// The error with the file's path before it, where it does not name it already.
[[nodiscard]] Error naming(const Error& error, const std::filesystem::path& path);

/// Throws Error{limit_exceeded} where the format has no room for these sides, naming formats that have.
void check_sides(ImageFormat format, std::uint32_t width, std::uint32_t height);

} // namespace kizuna
