#include "base/byte_stream.hpp"
#include "base/test_folder.hpp"

#include "kizuna/error.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A file longer than the reader's buffer, every byte telling its position, alone in its folder.
std::filesystem::path patterned_file(std::size_t size) {
    auto path = test::make_test_folder() / "pattern";
    std::ofstream file(path, std::ios::binary);
    for (std::size_t i = 0; i < size; ++i) {
        file.put(static_cast<char>(i * 31 % 251));
    }
    return path;
}

TEST(InputStream, MemoryAndFileGiveTheSameBytesAtAnyPosition) {
    constexpr std::size_t size = 200'000;
    const auto path = patterned_file(size);
    const auto whole = read_file(path, size);
    ASSERT_EQ(whole.size(), size);
    const auto file = open_file(path);
    const auto memory = open_memory(whole);
    EXPECT_EQ(file->size(), size);
    for (const std::uint64_t position : {0U, 65'535U, 65'536U, 1U, 199'990U, 250'000U, 131'000U}) {
        std::vector<std::byte> from_file(1000);
        std::vector<std::byte> from_memory(1000);
        file->seek(position);
        memory->seek(position);
        from_file.resize(file->read(from_file));
        from_memory.resize(memory->read(from_memory));
        EXPECT_EQ(from_file, from_memory) << "from position " << position;
    }
    std::filesystem::remove_all(path.parent_path());
}

TEST(InputStream, SeekingBeyondAnyFileReadsNothing) {
    const auto path = patterned_file(10);
    const auto file = open_file(path);
    file->seek(~std::uint64_t{0} - 5);
    std::byte buffer[8];
    EXPECT_EQ(file->read(buffer), 0U);
    std::filesystem::remove_all(path.parent_path());
}

TEST(InputStream, AMissingFileIsNotFoundAndNamed) {
    try {
        (void)open_file("/nowhere/picture.png");
        FAIL() << "opened a file that is not there";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::not_found);
        EXPECT_NE(std::string(error.what()).find("/nowhere/picture.png"), std::string::npos);
    }
}

TEST(InputStream, APipeIsReadWhole) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], "piped", 5), 5);
    ::close(ends[1]);
    const auto in = open_file("/dev/fd/" + std::to_string(ends[0]));
    ::close(ends[0]);
    EXPECT_EQ(in->size(), 5U);
    in->seek(1);
    EXPECT_EQ(text_of(read_all(*in, 10)), "iped");
}

TEST(InputStream, AFolderIsNoFile) {
    EXPECT_THROW((void)open_file(testing::TempDir()), Error);
}

TEST(InputStream, MoreThanAllowedIsRefusedBeforeReading) {
    const std::string text = "0123456789";
    const auto in = open_memory(bytes_of(text));
    in->seek(4);
    EXPECT_THROW((void)read_all(*in, 5), Error);
    EXPECT_EQ(text_of(read_all(*in, 6)), "456789");
}

TEST(MemoryOutput, WritesPatchAndExtend) {
    MemoryOutput out;
    out.write(bytes_of("abcdef"));
    out.seek(2);
    out.write(bytes_of("XY"));
    out.seek(8);
    out.write(bytes_of("Z"));
    EXPECT_EQ(text_of(out.bytes()), std::string("abXYef\0\0Z", 9));
}

} // namespace
} // namespace kizuna
