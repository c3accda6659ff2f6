#include "codec/codecs.hpp"
#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <gif_lib.h>

namespace kizuna::codec {

namespace {

/// A GIF file in memory, read from the beginning.
class GifReader {
  public:
    explicit GifReader(std::span<const std::byte> file)
        : rest_(file) {
        int error = 0;
        gif_.reset(DGifOpen(this, read, &error));
        if (!gif_) {
            throw_error(error);
        }
    }

    GifReader(const GifReader&) = delete;
    GifReader& operator=(const GifReader&) = delete;
    ~GifReader() = default;

    [[nodiscard]] GifFileType* get() const noexcept { return gif_.get(); }

    [[nodiscard]] const GifFileType* operator->() const noexcept { return gif_.get(); }

    /// Throws where one of giflib's functions has failed.
    void check(int result) const {
        if (result != GIF_OK) {
            throw_error(gif_->Error);
        }
    }

  private:
    struct Closer {
        void operator()(GifFileType* gif) const noexcept { DGifCloseFile(gif, nullptr); }
    };

    static int read(GifFileType* gif, GifByteType* into, int bytes) {
        auto& rest = static_cast<GifReader*>(gif->UserData)->rest_;
        const std::size_t count = std::min(rest.size(), static_cast<std::size_t>(std::max(bytes, 0)));
        std::copy_n(as_u8(rest), count, into);
        rest = rest.subspan(count);
        return static_cast<int>(count);
    }

    [[noreturn]] static void throw_error(int error) {
        if (error == D_GIF_ERR_NOT_ENOUGH_MEM) {
            throw Error(ErrorCode::out_of_memory, "no memory to read the GIF file");
        }
        const char* const cause = GifErrorString(error);
        throw Error(
            ErrorCode::corrupt, fmt::format(
                                    "the GIF file is cut off or damaged{}{}", cause == nullptr ? "" : ": ",
                                    cause == nullptr ? "" : cause));
    }

    std::span<const std::byte> rest_;
    std::unique_ptr<GifFileType, Closer> gif_;
};

/// The transparent colour's index that an extension gives for the next frame, if it does.
std::optional<int> read_extension(const GifReader& gif) {
    int code = 0;
    GifByteType* block = nullptr;
    std::optional<int> transparent;
    gif.check(DGifGetExtension(gif.get(), &code, &block));
    while (block != nullptr) {
        GraphicsControlBlock control;
        if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
            transparent = control.TransparentColor;
        }
        gif.check(DGifGetExtensionNext(gif.get(), &block));
    }
    return transparent;
}

/// Goes to the next frame's pixels; false at the end of the file. `transparent` becomes the frame's
/// transparent index or NO_TRANSPARENT_COLOR.
bool next_frame(const GifReader& gif, int& transparent) {
    transparent = NO_TRANSPARENT_COLOR;
    while (true) {
        GifRecordType record = UNDEFINED_RECORD_TYPE;
        gif.check(DGifGetRecordType(gif.get(), &record));
        if (record == TERMINATE_RECORD_TYPE) {
            return false;
        }
        if (record == IMAGE_DESC_RECORD_TYPE) {
            gif.check(DGifGetImageDesc(gif.get()));
            return true;
        }
        if (record == EXTENSION_RECORD_TYPE) {
            transparent = read_extension(gif).value_or(transparent);
        }
    }
}

/// Past a frame's pixels without decompressing them, so that a small file cannot cost much.
void skip_pixels(const GifReader& gif) {
    int code_size = 0;
    GifByteType* block = nullptr;
    gif.check(DGifGetCode(gif.get(), &code_size, &block));
    while (block != nullptr) {
        gif.check(DGifGetCodeNext(gif.get(), &block));
    }
}

using Colour = std::array<std::byte, 4>;

/// All 256 that an index can name; those beyond the file's are black.
std::array<Colour, 256> make_palette(const GifReader& gif, int transparent) {
    const ColorMapObject* const map = gif->Image.ColorMap != nullptr ? gif->Image.ColorMap : gif->SColorMap;
    if (map == nullptr) {
        throw Error(ErrorCode::corrupt, "the GIF file's first frame has no palette");
    }
    std::array<Colour, 256> palette;
    palette.fill({std::byte{0}, std::byte{0}, std::byte{0}, std::byte{255}});
    const std::size_t count = std::min(palette.size(), static_cast<std::size_t>(map->ColorCount));
    for (std::size_t i = 0; i < count; ++i) {
        const GifColorType& colour = map->Colors[i];
        palette[i] = {std::byte{colour.Red}, std::byte{colour.Green}, std::byte{colour.Blue}, std::byte{255}};
    }
    if (transparent >= 0 && std::cmp_less(transparent, palette.size())) {
        palette[static_cast<std::size_t>(transparent)] = {};
    }
    return palette;
}

/// The order in which a frame's rows are stored: interlaced, every eighth row first, then those between, and
/// so on.
std::vector<std::uint32_t> row_order(const GifImageDesc& frame) {
    struct Pass {
        std::uint32_t first;
        std::uint32_t step;
    };

    constexpr std::array<Pass, 4> interlaced{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    constexpr std::array<Pass, 1> plain{{{0, 1}}};
    const std::span<const Pass> passes = frame.Interlace ? std::span<const Pass>(interlaced) : plain;
    std::vector<std::uint32_t> order;
    for (const Pass& pass : passes) {
        for (std::uint32_t y = pass.first; std::cmp_less(y, frame.Height); y += pass.step) {
            order.push_back(y);
        }
    }
    return order;
}

class GifDecoder final : public WholeDecoder {
  public:
    GifDecoder(std::vector<std::byte> file, const DecodeLimits& limits)
        : WholeDecoder(ImageFormat::gif)
        , file_(std::move(file)) {
        const GifReader gif(file_);
        int transparent = NO_TRANSPARENT_COLOR;
        if (!next_frame(gif, transparent)) {
            throw Error(ErrorCode::corrupt, "the GIF file holds no picture");
        }
        set_info(gif, transparent, limits);
        frame_count_ = 1;
        skip_pixels(gif);
        while (next_frame(gif, transparent)) {
            skip_pixels(gif);
            ++frame_count_;
        }
    }

  private:
    // Some files have a frame that is larger than their screen; the canvas then grows, as browsers have it.
    void set_info(const GifReader& gif, int transparent, const DecodeLimits& limits) {
        const GifImageDesc& frame = gif->Image;
        if (frame.Width <= 0 || frame.Height <= 0 || frame.Left < 0 || frame.Top < 0) {
            throw Error(ErrorCode::corrupt, "the GIF file's first frame is empty");
        }
        const int width = std::max(gif->SWidth, frame.Left + frame.Width);
        const int height = std::max(gif->SHeight, frame.Top + frame.Height);
        info_.width = static_cast<std::uint32_t>(width);
        info_.height = static_cast<std::uint32_t>(height);
        check_dimensions(info_.width, info_.height, limits);
        const bool covered = frame.Width == width && frame.Height == height;
        const bool alpha = transparent != NO_TRANSPARENT_COLOR || !covered;
        info_.format = {.channels = static_cast<std::uint8_t>(alpha ? 4 : 3), .sample = SampleType::u8};
    }

    // Where the frame does not cover the canvas, the canvas is transparent.
    void decode(Image& picture) override {
        const GifReader gif(file_);
        int transparent = NO_TRANSPARENT_COLOR;
        static_cast<void>(next_frame(gif, transparent)); // the constructor has seen it
        const std::array<Colour, 256> palette = make_palette(gif, transparent);
        const GifImageDesc& frame = gif->Image;
        const std::size_t channels = picture.format().channels;
        std::vector<GifPixelType> indices(static_cast<std::size_t>(frame.Width));
        for (const std::uint32_t y : row_order(frame)) {
            gif.check(DGifGetLine(gif.get(), indices.data(), frame.Width));
            const auto row = picture.row(static_cast<std::uint32_t>(frame.Top) + y);
            std::byte* to = row.subspan(static_cast<std::size_t>(frame.Left) * channels).data();
            for (const GifPixelType index : indices) {
                to = std::copy_n(palette[index].begin(), channels, to);
            }
        }
        file_ = {};
    }

    std::vector<std::byte> file_;
};

} // namespace

std::unique_ptr<Decoder> open_gif(std::unique_ptr<InputStream> in, const DecodeLimits& limits) {
    return std::make_unique<GifDecoder>(read_whole_file(*in), limits);
}

} // namespace kizuna::codec
