#include "base/byte_stream.hpp"

#include "base/checked.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace kizuna {

namespace {

class MemoryInput final : public InputStream {
  public:
    explicit MemoryInput(std::span<const std::byte> bytes)
        : bytes_(bytes) {}

    std::size_t read(std::span<std::byte> into) override {
        if (position_ >= bytes_.size()) {
            return 0;
        }
        const auto rest = bytes_.subspan(static_cast<std::size_t>(position_));
        const std::size_t count = std::min(rest.size(), into.size());
        std::copy_n(rest.begin(), count, into.begin());
        position_ += count;
        return count;
    }

    void seek(std::uint64_t position) override { position_ = position; }

    [[nodiscard]] std::uint64_t position() const override { return position_; }

    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }

  private:
    std::span<const std::byte> bytes_;
    std::uint64_t position_ = 0;
};

// Reads through a buffer: decoders ask for a few bytes at a time.
class FileInput final : public InputStream {
  public:
    FileInput(int fd, std::uint64_t size, std::string path)
        : fd_(fd)
        , size_(size)
        , path_(std::move(path)) {}

    FileInput(const FileInput&) = delete;
    FileInput& operator=(const FileInput&) = delete;

    ~FileInput() override { ::close(fd_); }

    std::size_t read(std::span<std::byte> into) override {
        std::size_t done = 0;
        while (done < into.size()) {
            if (position_ < buffer_start_ || position_ >= buffer_start_ + buffered_) {
                fill();
                if (buffered_ == 0) {
                    break;
                }
            }
            const auto offset = static_cast<std::size_t>(position_ - buffer_start_);
            const std::size_t count = std::min(buffered_ - offset, into.size() - done);
            std::copy_n(
                buffer_.begin() + static_cast<std::ptrdiff_t>(offset), count,
                into.begin() + static_cast<std::ptrdiff_t>(done));
            done += count;
            position_ += count;
        }
        return done;
    }

    void seek(std::uint64_t position) override { position_ = position; }

    [[nodiscard]] std::uint64_t position() const override { return position_; }

    [[nodiscard]] std::uint64_t size() const override { return size_; }

  private:
    void fill() {
        buffer_start_ = position_;
        buffered_ = 0;
        if (position_ >= size_) { // also keeps hostile offsets away from off_t
            return;
        }
        ssize_t got = 0;
        do {
            got = ::pread(fd_, buffer_.data(), buffer_.size(), static_cast<off_t>(position_));
        } while (got < 0 && errno == EINTR);
        if (got < 0) {
            throw Error(ErrorCode::io, fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
        }
        buffered_ = static_cast<std::size_t>(got);
    }

    static constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;

    int fd_;
    std::uint64_t size_;
    std::string path_;
    std::vector<std::byte> buffer_ = std::vector<std::byte>(buffer_bytes);
    std::uint64_t buffer_start_ = 0;
    std::size_t buffered_ = 0;
    std::uint64_t position_ = 0;
};

// What cannot seek (a pipe, /dev/stdin) is read whole.
class PipeInput final : public InputStream {
  public:
    PipeInput(int fd, const std::string& path)
        : bytes_(read_whole(fd, path))
        , memory_(bytes_) {}

    std::size_t read(std::span<std::byte> into) override { return memory_.read(into); }

    void seek(std::uint64_t position) override { memory_.seek(position); }

    [[nodiscard]] std::uint64_t position() const override { return memory_.position(); }

    [[nodiscard]] std::uint64_t size() const override { return memory_.size(); }

  private:
    static std::vector<std::byte> read_whole(int fd, const std::string& path) {
        constexpr std::size_t step = std::size_t{1} << 20U;
        constexpr std::size_t most = std::size_t{2} << 30U; // a pipe may never end
        std::vector<std::byte> bytes;
        ssize_t got = 0;
        do {
            const std::size_t had = bytes.size();
            bytes.resize(had + step);
            got = ::read(fd, bytes.data() + had, step);
            bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        } while (bytes.size() <= most && (got > 0 || (got < 0 && errno == EINTR)));
        const int cause = errno;
        ::close(fd);
        if (got < 0) {
            throw Error(ErrorCode::io, fmt::format("cannot read {}: {}", path, std::strerror(cause)));
        }
        if (bytes.size() > most) {
            throw Error(
                ErrorCode::limit_exceeded, fmt::format("{} does not end within {} bytes", path, most));
        }
        return bytes;
    }

    std::vector<std::byte> bytes_;
    MemoryInput memory_;
};

} // namespace

std::unique_ptr<InputStream> open_memory(std::span<const std::byte> bytes) {
    return std::make_unique<MemoryInput>(bytes);
}

std::unique_ptr<InputStream> open_file(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const bool missing = errno == ENOENT || errno == ENOTDIR;
        throw Error(
            missing ? ErrorCode::not_found : ErrorCode::io,
            missing ? fmt::format("{}: no such file", path.string())
                    : fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
    }

    struct stat status {};

    if (::fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
        ::close(fd);
        throw Error(ErrorCode::io, fmt::format("{} is not a file", path.string()));
    }
    if (!S_ISREG(status.st_mode)) {
        return std::make_unique<PipeInput>(fd, path.string());
    }
    return std::make_unique<FileInput>(fd, static_cast<std::uint64_t>(status.st_size), path.string());
}

std::vector<std::byte> read_all(InputStream& in, std::uint64_t max_bytes) {
    const std::uint64_t rest = in.size() > in.position() ? in.size() - in.position() : 0;
    if (rest > max_bytes) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("{} bytes are more than the {} that are allowed here", rest, max_bytes));
    }
    std::vector<std::byte> bytes(checked_cast<std::size_t>(rest));
    bytes.resize(in.read(bytes));
    return bytes;
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
    const auto in = open_file(path);
    try {
        return read_all(*in, max_bytes);
    } catch (const Error& error) {
        throw error.with_context(path.string());
    }
}

void MemoryOutput::write(std::span<const std::byte> bytes) {
    const auto end = checked_cast<std::size_t>(checked_add<std::uint64_t>(position_, bytes.size()));
    if (end > bytes_.size()) {
        bytes_.resize(end);
    }
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ = end;
}

} // namespace kizuna
