#include "codec/gif_file.hpp"

#include "codec/whole_picture.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::codec {

namespace {

[[noreturn]] void throw_error(int error) {
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM) {
        throw Error(ErrorCode::out_of_memory, "no memory to read the GIF file");
    }
    const char* const cause = GifErrorString(error);
    throw Error(
        ErrorCode::corrupt, fmt::format(
                                "the GIF file is cut off or damaged{}{}", cause == nullptr ? "" : ": ",
                                cause == nullptr ? "" : cause));
}

Disposal disposal_of(int mode) {
    return mode == DISPOSE_BACKGROUND ? Disposal::clear
           : mode == DISPOSE_PREVIOUS ? Disposal::restore
                                      : Disposal::keep;
}

/// `block` begins with its length, as giflib gives it.
bool is_loop_extension(const GifByteType* block) {
    constexpr std::string_view name = "NETSCAPE2.0";
    return block[0] == name.size() && std::memcmp(block + 1, name.data(), name.size()) == 0;
}

/// The file says how often it is repeated: once less than it is shown.
std::optional<std::uint32_t> plays_in(const GifByteType* block) {
    if (block[0] < 3 || block[1] != 1) {
        return std::nullopt;
    }
    const std::uint32_t repeats = block[2] + 256U * block[3];
    return repeats == 0 ? 0 : repeats + 1;
}

} // namespace

GifReader::GifReader(std::span<const std::byte> file)
    : rest_(file) {
    int error = 0;
    gif_.reset(DGifOpen(this, read, &error));
    if (!gif_) {
        throw_error(error);
    }
}

int GifReader::read(GifFileType* gif, GifByteType* into, int bytes) {
    auto& rest = static_cast<GifReader*>(gif->UserData)->rest_;
    const std::size_t count = std::min(rest.size(), static_cast<std::size_t>(std::max(bytes, 0)));
    std::copy_n(as_u8(rest), count, into);
    rest = rest.subspan(count);
    return static_cast<int>(count);
}

void GifReader::check(int result) const {
    if (result != GIF_OK) {
        throw_error(gif_->Error);
    }
}

std::optional<GifControl> GifReader::next_frame() {
    GifControl control;
    while (true) {
        GifRecordType record = UNDEFINED_RECORD_TYPE;
        check(DGifGetRecordType(gif_.get(), &record));
        if (record == TERMINATE_RECORD_TYPE) {
            return std::nullopt;
        }
        if (record == IMAGE_DESC_RECORD_TYPE) {
            check(DGifGetImageDesc(gif_.get()));
            return control;
        }
        if (record == EXTENSION_RECORD_TYPE) {
            read_extension(control);
        }
    }
}

void GifReader::read_extension(GifControl& control) {
    int code = 0;
    GifByteType* block = nullptr;
    check(DGifGetExtension(gif_.get(), &code, &block));
    bool loops = false;
    while (block != nullptr) {
        GraphicsControlBlock values;
        if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &values) == GIF_OK) {
            control.transparent = values.TransparentColor;
            control.delay = static_cast<std::uint16_t>(values.DelayTime);
            control.disposal = disposal_of(values.DisposalMode);
        }
        if (loops) {
            plays_ = plays_in(block).value_or(plays_);
        }
        loops = loops || (code == APPLICATION_EXT_FUNC_CODE && is_loop_extension(block));
        check(DGifGetExtensionNext(gif_.get(), &block));
    }
}

void GifReader::skip_pixels() {
    int code_size = 0;
    GifByteType* block = nullptr;
    check(DGifGetCode(gif_.get(), &code_size, &block));
    while (block != nullptr) {
        check(DGifGetCodeNext(gif_.get(), &block));
    }
}

void GifReader::read_row(std::span<GifPixelType> indices) {
    check(DGifGetLine(gif_.get(), indices.data(), static_cast<int>(indices.size())));
}

FrameArea GifReader::area() const {
    const GifImageDesc& frame = gif_->Image;
    if (frame.Width <= 0 || frame.Height <= 0 || frame.Left < 0 || frame.Top < 0) {
        throw Error(ErrorCode::corrupt, "a frame of the GIF file is empty");
    }
    return {
        static_cast<std::uint32_t>(frame.Left), static_cast<std::uint32_t>(frame.Top),
        static_cast<std::uint32_t>(frame.Width), static_cast<std::uint32_t>(frame.Height)};
}

} // namespace kizuna::codec
