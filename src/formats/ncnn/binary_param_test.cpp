#include "base/test_errors.hpp"
#include "formats/ncnn/ncnn.hpp"
#include "formats/ncnn/param.hpp"
#include "graph/reference.hpp"
#include "graph/test_graphs.hpp"

#include "kizuna/error.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kizuna {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A number as ncnn's tools write it: 32 bits of the one or the other.
using Number = std::variant<int, float>;

constexpr int end_of_params = -233;

enum Type { convolution = 6, input = 16, split = 33, lstm = 39, binary_op = 40, interp = 50 };

/// A binary .param, number by number.
class BinaryParam {
  public:
    explicit BinaryParam(int layers) { numbers({7767517, layers, 99}); }

    BinaryParam& numbers(const std::vector<Number>& values) {
        for (const Number& value : values) {
            const auto bits = std::visit([](auto v) { return std::bit_cast<std::uint32_t>(v); }, value);
            for (unsigned shift = 0; shift < 32; shift += 8) {
                file_.push_back(static_cast<char>(bits >> shift & 0xFFU));
            }
        }
        return *this;
    }

    BinaryParam& layer(
        int type, const std::vector<int>& inputs, const std::vector<int>& outputs,
        const std::vector<Number>& params) {
        numbers({type, static_cast<int>(inputs.size()), static_cast<int>(outputs.size())});
        numbers({inputs.begin(), inputs.end()}).numbers({outputs.begin(), outputs.end()});
        return numbers(params).numbers({end_of_params});
    }

    [[nodiscard]] const std::string& file() const { return file_; }

  private:
    std::string file_;
};

std::vector<std::byte> float_weights(std::vector<float> values) {
    values.insert(values.begin(), 0); // the tag of float32
    std::vector<std::byte> bytes(values.size() * sizeof(float));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(std::bit_cast<std::uint32_t>(values[i / 4]) >> (i % 4 * 8) & 0xFFU);
    }
    return bytes;
}

std::string refusal(const std::string& param, ErrorCode code) {
    return test::refusal_of([&] { (void)read_ncnn(param, {}); }, code);
}

// Integers, floats, and an array of floats; blobs by number, in no order.
TEST(BinaryParam, SaysTheSameAsTheText) {
    const std::string text = "7767517\n5 6\n"
                             "Input in 0 1 x 2=1\n"
                             "Convolution c 1 1 x a 0=1 1=1 6=1 9=2 -23310=1,2.5e-1\n"
                             "Split s 1 2 a b c\n"
                             "BinaryOp o 1 1 b d 0=0 1=1 2=1.500000\n"
                             "BinaryOp p 2 1 d c y 0=2\n";
    BinaryParam binary(5);
    binary.layer(input, {}, {7}, {2, 1});
    binary.layer(convolution, {7}, {3}, {0, 1, 1, 1, 6, 1, 9, 2, -23310, 1, 0.25F});
    binary.layer(split, {3}, {1, 2}, {});
    binary.layer(binary_op, {1}, {4}, {0, 0, 1, 1, 2, 1.5F});
    binary.layer(binary_op, {4, 2}, {5}, {0, 2});
    const auto weights = float_weights({-2});
    const Tensor in = test::counting({1, 1, 1, 3});
    const Tensor out = run_reference(read_ncnn(binary.file(), weights), in);
    EXPECT_THAT(out.data, ElementsAre(-0.5F, -0.5F, 0));
    EXPECT_EQ(out.data, run_reference(read_ncnn(text, weights), in).data);
}

TEST(BinaryParam, KnowsLayersByTheirNumbers) {
    BinaryParam param(2);
    param.layer(input, {}, {0}, {}).layer(lstm, {0}, {1}, {});
    EXPECT_THAT(
        refusal(param.file(), ErrorCode::unsupported),
        HasSubstr("ncnn layer \"1\" (LSTM): layers of the type"));
    BinaryParam custom(2);
    custom.layer(input, {}, {0}, {}).layer(256, {0}, {1}, {});
    EXPECT_THAT(refusal(custom.file(), ErrorCode::unsupported), HasSubstr("(type 256)"));
    BinaryParam negative(1);
    negative.layer(-1, {}, {0}, {});
    EXPECT_THAT(refusal(negative.file(), ErrorCode::unsupported), HasSubstr("(type -1)"));
}

TEST(BinaryParam, RefusesAFileThatIsCutOffAnywhere) {
    BinaryParam param(2);
    param.layer(input, {}, {0}, {2, 3}).layer(interp, {0}, {1}, {0, 1, 1, 2.0F, 2, 2.0F});
    EXPECT_NO_THROW((void)read_ncnn(param.file(), {}));
    for (std::size_t size = 0; size < param.file().size(); ++size) {
        refusal(param.file().substr(0, size), ErrorCode::corrupt);
    }
    EXPECT_THAT(
        refusal(param.file() + "1234", ErrorCode::corrupt), HasSubstr("4 bytes behind the last layer"));
}

TEST(BinaryParam, BelievesNoCountThatTheFileHasNoRoomFor) {
    constexpr int huge = std::numeric_limits<int>::max();
    const auto corrupt = [](const BinaryParam& param) { return refusal(param.file(), ErrorCode::corrupt); };
    EXPECT_THAT(
        corrupt(BinaryParam(1).numbers({input, huge, 1, 0, end_of_params})), HasSubstr("2147483647 inputs"));
    EXPECT_THAT(corrupt(BinaryParam(1).numbers({input, 0, -1, 0, end_of_params})), HasSubstr("-1 outputs"));
    EXPECT_THAT(
        corrupt(BinaryParam(1).numbers({input, 0, 1, 0, -23301, huge, end_of_params})),
        HasSubstr("2147483647 elements"));
    EXPECT_THAT(corrupt(BinaryParam(99'999).numbers({input})), HasSubstr("99999 layers"));
    EXPECT_THAT(corrupt(BinaryParam(-1)), HasSubstr("-1 layers"));
    EXPECT_THAT(refusal(BinaryParam(200'000).file(), ErrorCode::limit_exceeded), HasSubstr("200000 layers"));
}

TEST(BinaryParam, RefusesParametersThatAreNoNumbers) {
    BinaryParam param(2);
    param.layer(input, {}, {0}, {2, 3});
    param.layer(interp, {0}, {1}, {0, 1, 1, std::numeric_limits<float>::quiet_NaN(), 2, 2.0F});
    EXPECT_THAT(refusal(param.file(), ErrorCode::corrupt), HasSubstr("parameter 1 is no finite number"));
    EXPECT_THAT(
        refusal(BinaryParam(1).numbers({input, 0, 1, 0, -23400, 1, 1}).file(), ErrorCode::unsupported),
        HasSubstr("a text among its parameters"));
}

} // namespace
} // namespace kizuna
