#include "base/test_errors.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/torch/test_files.hpp"

#include "kizuna/error.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string file_of(const std::string& header, const std::string& data) {
    return test::little_endian(header.size(), 8) + header + data;
}

Weights read(const std::string& header, const std::string& data) {
    return read_safetensors(test::as_bytes(file_of(header, data)));
}

std::string refusal(const std::string& header, const std::string& data, ErrorCode code) {
    return test::refusal_of([&] { (void)read(header, data); }, code);
}

const std::string two_numbers = test::floats({1.5F, -2});

TEST(ReadSafetensors, ReadsTensors) {
    Weights weights = read(
        R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
        R"("a.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}   )",
        two_numbers + test::floats({3, 4}));
    EXPECT_EQ(weights.size(), 2U);
    const WeightTensor a = weights.take("a.weight");
    EXPECT_THAT(a.shape, ElementsAre(1, 2));
    EXPECT_THAT(a.data, ElementsAre(1.5F, -2));
    EXPECT_THAT(weights.take("b").data, ElementsAre(3, 4));
    EXPECT_EQ(weights.note("format"), "pt");
}

TEST(ReadSafetensors, ReadsEveryKindOfFloatAndPassesOverIntegers) {
    Weights weights = read(
        R"({"h":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]},)"
        R"("d":{"dtype":"F64","shape":[1],"data_offsets":[4,12]},"n":{"dtype":"I64","shape":[],"data_offsets":[12,20]},)"
        R"("none":{"dtype":"F32","shape":[0,3],"data_offsets":[20,20]}})",
        test::little_endian(0x3E00, 2) + test::little_endian(0xC000, 2) +
            test::little_endian(0xC000000000000000, 8) + test::little_endian(7, 8));
    EXPECT_THAT(weights.take("h").data, ElementsAre(1.5F));
    EXPECT_THAT(weights.take("b").data, ElementsAre(-2));
    EXPECT_THAT(weights.take("d").data, ElementsAre(-2));
    EXPECT_THAT(weights.take("none").data, ElementsAre());
    EXPECT_FALSE(weights.has("n"));
    EXPECT_TRUE(weights.has_flag("n"));
}

TEST(ReadSafetensors, ReadsEscapesInNames) {
    Weights weights =
        read(R"({"a\"\\\u00e9\u20ac\n":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", two_numbers);
    EXPECT_TRUE(weights.has("a\"\\é€\n"));
}

TEST(ReadSafetensors, RefusesHeadersThatAreNone) {
    const std::string entry = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    const auto refuse = [](const std::string& header) {
        return refusal(header, two_numbers, ErrorCode::corrupt);
    };
    EXPECT_THAT(refuse("{"), HasSubstr("at byte 1"));
    for (const std::string& header : {
             std::string("{}x"),
             R"({"a":)" + entry,
             R"({"a":)" + entry + ",}",
             R"({"a":)" + entry + R"(,"a":)" + entry + "}",
             std::string(R"({"a":{"dtype":"F32","shape":[2]}})"),
             std::string(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})"),
             std::string(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
             std::string(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})"),
             std::string(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"),
             std::string(R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})"),
             std::string(R"({"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}})"),
             std::string(R"({"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})"),
             std::string(R"({"a":[2]})"),
             std::string(R"({"a)") + '\x01' + R"(":)" + entry + "}",
             R"({"a\q":)" + entry + "}",
             R"({"a\u12":)" + entry + "}",
         }) {
        refuse(header);
    }
}

TEST(ReadSafetensors, RefusesTensorsThatDoNotFitTheirBytes) {
    const auto with = [](const char* shape, const char* offsets) {
        return std::string(R"({"a":{"dtype":"F32","shape":)") + shape + R"(,"data_offsets":)" + offsets +
               "}}";
    };
    for (const char* offsets : {"[0,4]", "[0,12]", "[8,0]", "[4,12]", "[0,0]", "[8,16]"}) {
        refusal(with("[2]", offsets), two_numbers, ErrorCode::corrupt);
    }
    refusal(with("[3]", "[0,8]"), two_numbers, ErrorCode::corrupt);
    refusal(with("[4611686018427387904,2]", "[0,8]"), two_numbers, ErrorCode::limit_exceeded);
    refusal(
        with("[4611686018427387904,4611686018427387904]", "[0,8]"), two_numbers, ErrorCode::limit_exceeded);
    refusal(with("[1,1,1,1,1,1,1,1,2]", "[0,8]"), two_numbers, ErrorCode::corrupt);
    refusal(with("[536870912]", "[0,2147483648]"), two_numbers, ErrorCode::corrupt);
}

TEST(ReadSafetensors, RefusesTensorsThatShareBytes) {
    const std::string entry = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    EXPECT_THAT(
        refusal(R"({"a":)" + entry + R"(,"b":)" + entry + "}", two_numbers, ErrorCode::corrupt),
        HasSubstr("overlap"));
}

TEST(ReadSafetensors, NamesTypesThatAreNotRead) {
    EXPECT_THAT(
        refusal(
            R"({"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}})", two_numbers,
            ErrorCode::unsupported),
        HasSubstr("F8_E4M3"));
}

TEST(ReadSafetensors, KnowsItsFilesByTheirBeginning) {
    EXPECT_TRUE(is_safetensors(test::as_bytes(file_of("{}", ""))));
    EXPECT_FALSE(is_safetensors(test::as_bytes("{\"a\": 1}")));
    EXPECT_FALSE(is_safetensors(test::as_bytes(test::little_endian(100, 8) + "{}")));
    EXPECT_FALSE(is_safetensors({}));
}

TEST(ReadSafetensors, NeverTakesACutFileForAWholeOne) {
    const std::string file = file_of(
        R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})", test::floats({1, 2, 3, 4, 5, 6}));
    for (std::size_t length = 0; length < file.size(); ++length) {
        EXPECT_THROW((void)read_safetensors(test::as_bytes(file.substr(0, length))), Error)
            << length << " bytes";
    }
}

} // namespace
} // namespace kizuna
