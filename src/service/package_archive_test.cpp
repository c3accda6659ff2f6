#include "service/package_archive.hpp"

#include "kizuna/error.hpp"

#include <cstring>
#include <map>
#include <span>
#include <utility>
#include <zlib.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

constexpr std::size_t block = 512;

/// An entry whose header says the right sum of its bytes again.
std::string with_sum(std::string file) {
    file.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char c : file.substr(0, block)) {
        sum += static_cast<unsigned char>(c);
    }
    return file.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

/// One entry of a tar file, written apart from the reader.
std::string entry(const std::string& path, const std::string& content, char type = '0') {
    std::string header(block, '\0');
    const auto put = [&header](std::size_t at, const std::string& text) {
        header.replace(at, text.size(), text);
    };
    put(0, path);
    put(100, "0000644");
    put(124, fmt::format("{:011o}", content.size()));
    header[156] = type;
    put(257, std::string(
                 "ustar\0"
                 "00",
                 8));
    return with_sum(header) + content + std::string((block - content.size() % block) % block, '\0');
}

const std::string end(2 * block, '\0');

std::string zipped(const std::string& text) {
    z_stream stream{};
    constexpr int gzip = 16 + MAX_WBITS;
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip, 8, Z_DEFAULT_STRATEGY);
    std::string result(deflateBound(&stream, text.size()) + 64, '\0');
    std::string copy = text;
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    deflate(&stream, Z_FINISH);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

/// Hard to pack.
std::string of_digits() {
    std::string text;
    for (int i = 0; text.size() < 3000; ++i) {
        text += std::to_string(i * i);
    }
    return text;
}

using Files = std::map<std::string, std::string>;

/// What comes out of an archive in which every path with a size is wanted.
Files read(const std::string& archive, const std::map<std::string, std::uint64_t>& wanted) {
    Files files;
    const auto in = open_memory(std::as_bytes(std::span(archive)));
    read_package_archive(
        *in,
        [&wanted](std::string_view path) -> std::optional<std::uint64_t> {
            const auto found = wanted.find(std::string(path));
            return found == wanted.end() ? std::nullopt : std::optional(found->second);
        },
        [&files](const std::string& path, const std::vector<std::byte>& content) {
            files[path] = std::string(reinterpret_cast<const char*>(content.data()), content.size());
        },
        {});
    return files;
}

Error refusal(const std::string& archive, const std::map<std::string, std::uint64_t>& wanted = {{"a", 3}}) {
    try {
        (void)read(archive, wanted);
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::internal, "no error"};
}

TEST(PackageArchive, GivesWhatIsWantedAndNothingElse) {
    const std::string large(200'000, 'x');
    const std::string archive =
        zipped(entry("package/a", "one") + entry("package/b", large) + entry("package/c", large) + end);
    EXPECT_EQ(
        read(archive, {{"package/a", 3}, {"package/c", large.size()}}),
        (Files{{"package/a", "one"}, {"package/c", large}}));
}

TEST(PackageArchive, LooksAtNothingButOrdinaryFiles) {
    const std::string links = entry("a", "", '2') + entry("a", "", '1') + entry("a", "", '5') +
                              entry("a", "xyz", 'x') + entry("a", "xyz", 'L') + entry("a", "", '6');
    EXPECT_EQ(read(zipped(links + end), {{"a", 3}}), Files{});
    EXPECT_EQ(read(zipped(links + entry("a", "one") + end), {{"a", 3}}), (Files{{"a", "one"}}));
}

TEST(PackageArchive, JoinsLongPaths) {
    std::string file = entry("name", "one");
    const std::string prefix = "package/" + std::string(100, 'd');
    file.replace(345, prefix.size(), prefix);
    EXPECT_EQ(
        read(zipped(with_sum(file) + end), {{prefix + "/name", 3}}), (Files{{prefix + "/name", "one"}}));
}

TEST(PackageArchive, AnotherSizeThanExpectedIsRefusedBeforeAnythingIsAllocated) {
    const Error error = refusal(zipped(entry("a", "longer") + end));
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_NE(std::string(error.what()).find("has 6 bytes"), std::string::npos) << error.what();
}

TEST(PackageArchive, CutOffAnywhereItIsAnError) {
    const std::string whole = zipped(entry("a", "one") + entry("b", of_digits()) + end);
    constexpr std::size_t ends = 40; // of gzip, and of tar: what comes after its first block of zeros
    for (std::size_t length = 0; length + ends < whole.size(); ++length) {
        EXPECT_EQ(refusal(whole.substr(0, length)).code(), ErrorCode::corrupt) << length;
    }
    EXPECT_EQ(refusal(zipped(entry("a", "one"))).code(), ErrorCode::corrupt) << "without tar's end";
}

TEST(PackageArchive, DamageIsAnError) {
    EXPECT_EQ(refusal("no gzip at all, but long enough").code(), ErrorCode::corrupt);
    std::string other_sum = entry("a", "one");
    other_sum[0] = 'b';
    EXPECT_EQ(refusal(zipped(other_sum + end)).code(), ErrorCode::corrupt);
}

TEST(PackageArchive, ASizeThatIsNoNumberIsAnError) {
    constexpr std::size_t size_at = 124;
    for (const auto& [at, digit] :
         {std::pair{size_at + 6, '9'}, {size_at, '\x80'}}) { // \x80: a binary one follows
        std::string file = entry("a", "one");
        file[at] = digit;
        const Error error = refusal(zipped(with_sum(file) + end));
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
        EXPECT_NE(std::string(error.what()).find("a number in a file's header is none"), std::string::npos)
            << error.what();
    }
}

TEST(PackageArchive, AClaimOfTooMuchIsRefused) {
    // 12 octal digits say up to 64 GiB.
    std::string huge = entry("unwanted", "");
    huge.replace(124, 11, "77777777777");
    const Error error = refusal(zipped(with_sum(huge) + end)); // it ends long before
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_EQ(std::string(error.what()).find("sum"), std::string::npos) << error.what();
}

TEST(PackageArchive, StopsWhenAsked) {
    const std::string archive = zipped(entry("a", "one") + end);
    const auto in = open_memory(std::as_bytes(std::span(archive)));
    CancelSource source;
    source.request_stop();
    EXPECT_THROW(
        read_package_archive(
            *in, [](std::string_view) { return std::nullopt; }, [](const auto&, const auto&) {},
            source.get_token()),
        Error);
}

} // namespace
} // namespace kizuna
