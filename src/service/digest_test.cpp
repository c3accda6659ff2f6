#include "base/test_folder.hpp"
#include "service/digest.hpp"

#include "kizuna/error.hpp"

#include <filesystem>
#include <fstream>
#include <string_view>

#include <gtest/gtest.h>

namespace kizuna {
namespace {

/// The examples of FIPS 180-4.
constexpr std::string_view abc = "abc";
constexpr std::string_view sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view sha512_of_abc =
    "3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

TEST(Digest, IsThatOfTheStandard) {
    EXPECT_EQ(sha256_of(std::as_bytes(std::span(abc))), sha256_of_abc);
    EXPECT_EQ(sha256_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, OfAFileIsThatOfItsBytes) {
    const auto path = test::make_test_folder() / "file";
    std::ofstream(path) << abc;
    EXPECT_EQ(sha256_of_file(path), sha256_of_abc);
    EXPECT_EQ(sha512_of_file(path), sha512_of_abc);
    const std::string large(700'001, 'x'); // several pieces and a rest
    std::ofstream(path) << large;
    EXPECT_EQ(sha256_of_file(path), sha256_of(std::as_bytes(std::span(large))));
    std::filesystem::remove_all(path.parent_path());
    EXPECT_THROW((void)sha256_of_file(path), Error);
}

} // namespace
} // namespace kizuna
