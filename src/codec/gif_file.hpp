#pragma once

#include "codec/canvas.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <gif_lib.h>

// The structure of GIF files, by giflib.
namespace kizuna::codec {

/// What stands before a frame's pixels.
struct GifControl {
    int transparent = NO_TRANSPARENT_COLOR;
    std::uint16_t delay = 0; ///< in hundredths of a second
    Disposal disposal = Disposal::keep;
};

/// A GIF file in memory, read from the beginning, once. The bytes are to outlive it.
class GifReader {
  public:
    /// Throws Error{corrupt}, as do all others.
    explicit GifReader(std::span<const std::byte> file);
    GifReader(const GifReader&) = delete;
    GifReader& operator=(const GifReader&) = delete;
    ~GifReader() = default;

    [[nodiscard]] const GifFileType* operator->() const noexcept { return gif_.get(); }

    /// Goes to the next frame's pixels; nothing at the end of the file. Then comes one of the two that
    /// follow.
    [[nodiscard]] std::optional<GifControl> next_frame();
    /// Past the pixels without decompressing them, so that a small file cannot cost much.
    void skip_pixels();
    /// The next row in the order in which rows are stored.
    void read_row(std::span<GifPixelType> indices);

    /// Where the frame lies. Throws where it is empty.
    [[nodiscard]] FrameArea area() const;

    /// How often the file is to be shown, 0 for ever: known when the frames have been passed.
    [[nodiscard]] std::uint32_t plays() const noexcept { return plays_; }

  private:
    struct Closer {
        void operator()(GifFileType* gif) const noexcept { DGifCloseFile(gif, nullptr); }
    };

    static int read(GifFileType* gif, GifByteType* into, int bytes);
    void check(int result) const;
    void read_extension(GifControl& control);

    std::span<const std::byte> rest_;
    std::unique_ptr<GifFileType, Closer> gif_;
    std::uint32_t plays_ = 1;
};

} // namespace kizuna::codec
