#include "codec/tiff_file.hpp"

#include "codec/tiff_directory.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <tiffio.h>

namespace kizuna::codec {
namespace {

// Documents have thousands of pages; a chain that is longer, or a circle, ends here.
constexpr std::uint32_t max_pages = 65535;

TiffFile& file_of(thandle_t handle) {
    return *static_cast<TiffFile*>(handle);
}

tmsize_t read_proc(thandle_t handle, void* into, tmsize_t bytes) {
    return file_of(handle).read(into, bytes);
}

tmsize_t write_proc(thandle_t handle, void* from, tmsize_t bytes) {
    return file_of(handle).write(from, bytes);
}

toff_t seek_proc(thandle_t handle, toff_t offset, int whence) {
    return file_of(handle).seek(offset, whence);
}

int close_proc(thandle_t) {
    return 0;
}

toff_t size_proc(thandle_t handle) {
    return file_of(handle).size();
}

int on_error(TIFF*, void* file, const char*, const char* format, std::va_list arguments) {
    file_of(file).keep_message(format, arguments);
    return 1; // handled: the process-wide handler, which prints, is not called
}

/// Where libtiff only warns of damaged pixels: what libjpeg says, and rows of faxes (Fax3Decode1D, Fax4Decode
/// and so on) that are shorter or longer than the picture is wide or missing at the end. Codes that do not
/// exist are errors there, too.
bool warns_of_damage(std::string_view module) {
    return module == "JPEGLib" || module.starts_with("Fax");
}

int on_warning(TIFF*, void* file, const char* module, const char* format, std::va_list arguments) {
    if (file_of(file).strict() && module != nullptr && warns_of_damage(module)) {
        file_of(file).keep_message(format, arguments);
    }
    return 1;
}

using OpenOptions = std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)>;

} // namespace

TiffFile::TiffFile(std::unique_ptr<InputStream> in, std::uint64_t max_allocation_bytes)
    : in_(std::move(in)) {
    open("rm", max_allocation_bytes);
}

TiffFile::TiffFile(OutputStream& out, bool big)
    : out_(&out) {
    open(big ? "w8lm" : "wlm", 0);
    be_strict();
}

TiffFile::~TiffFile() {
    abandoned_ = true;
    if (tiff_ != nullptr) {
        TIFFClose(tiff_);
    }
}

void TiffFile::open(const char* mode, std::uint64_t max_allocation_bytes) {
    const OpenOptions options(TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    if (!options) {
        throw Error(ErrorCode::out_of_memory, "no memory to open a TIFF file");
    }
    constexpr std::uint64_t most = std::numeric_limits<tmsize_t>::max();
    TIFFOpenOptionsSetMaxSingleMemAlloc(
        options.get(), static_cast<tmsize_t>(std::min(max_allocation_bytes, most)));
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, this);
    tiff_ = TIFFClientOpenExt(
        "picture", mode, this, read_proc, write_proc, seek_proc, close_proc, size_proc, nullptr, nullptr,
        options.get());
    check(tiff_ != nullptr);
}

void TiffFile::be_strict() noexcept {
    strict_ = true;
    message_.fill(0);
}

void TiffFile::check(bool ok) {
    if (thrown_) {
        std::rethrow_exception(std::exchange(thrown_, nullptr));
    }
    if (!ok || (strict_ && message_[0] != 0)) {
        const std::string reason = message_[0] != 0 ? message_.data() : "no reason given";
        throw Error(out_ != nullptr ? ErrorCode::io : ErrorCode::corrupt, fmt::format("TIFF: {}", reason));
    }
}

void TiffFile::close() {
    TIFFClose(std::exchange(tiff_, nullptr));
    check(true);
}

std::int64_t TiffFile::read(void* into, std::int64_t bytes) noexcept {
    try {
        if (!in_ || bytes < 0) {
            return -1;
        }
        if (position_ >= in_->size()) {
            return 0;
        }
        const std::span wanted(static_cast<std::byte*>(into), static_cast<std::size_t>(bytes));
        in_->seek(position_);
        const std::size_t got = in_->read(wanted);
        position_ += got;
        return static_cast<std::int64_t>(got);
    } catch (...) {
        thrown_ = std::current_exception();
        return -1;
    }
}

std::int64_t TiffFile::write(const void* from, std::int64_t bytes) noexcept {
    try {
        if (out_ == nullptr || abandoned_ || thrown_ || bytes < 0) {
            return -1;
        }
        out_->seek(position_);
        out_->write(std::span(static_cast<const std::byte*>(from), static_cast<std::size_t>(bytes)));
        position_ += static_cast<std::uint64_t>(bytes);
        written_end_ = std::max(written_end_, position_);
        return bytes;
    } catch (...) {
        thrown_ = std::current_exception();
        return -1;
    }
}

std::uint64_t TiffFile::seek(std::uint64_t offset, int whence) noexcept {
    const std::uint64_t from = whence == SEEK_CUR ? position_ : whence == SEEK_END ? size() : 0;
    position_ = from + offset; // past the end is nothing bad: reading there gives nothing
    return position_;
}

std::uint64_t TiffFile::size() const noexcept {
    return in_ ? in_->size() : written_end_;
}

void TiffFile::keep_message(const char* format, std::va_list arguments) noexcept {
    if (message_[0] == 0) {
        (void)std::vsnprintf(message_.data(), message_.size(), format, arguments);
    }
}

void TiffFile::append(std::span<const std::byte> bytes) {
    position_ = end();
    check(write(bytes.data(), static_cast<std::int64_t>(bytes.size())) >= 0);
}

std::uint32_t count_tiff_pages(InputStream& in) {
    TiffDirectoryReader reader(in, 0);
    std::uint64_t directory = reader.first();
    std::uint32_t pages = 0;
    while (directory != 0 && directory < in.size() && pages < max_pages) {
        ++pages;
        directory = reader.after(directory);
    }
    return std::max(pages, 1U);
}

} // namespace kizuna::codec
