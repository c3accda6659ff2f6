#pragma once

#include "base/test_errors.hpp"
#include "formats/ncnn/ncnn.hpp"
#include "graph/reference.hpp"

#include "kizuna/error.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Pairs of files as ncnn has them, and what the reader makes of them.
namespace kizuna::test {

/// The weights' file, made by hand.
class Bin {
  public:
    Bin& raw(std::initializer_list<float> values) {
        for (const float value : values) {
            append(std::bit_cast<std::uint32_t>(value), sizeof(value));
        }
        return *this;
    }

    Bin& float32(std::initializer_list<float> values) { return tag(0).raw(values); }

    Bin& float16(std::initializer_list<std::uint16_t> halves) {
        tag(0x01306B47);
        for (const std::uint16_t half : halves) {
            append(half, sizeof(half));
        }
        if (halves.size() % 2 != 0) {
            append(0, 2);
        }
        return *this;
    }

    Bin& int8(std::initializer_list<int> values) {
        tag(0x000D4B38);
        for (const int value : values) {
            append(static_cast<std::uint8_t>(value), 1);
        }
        return align();
    }

    /// Indices into a table whose entry i is i · 0.5.
    Bin& indices(std::initializer_list<int> values) {
        tag(1);
        for (int i = 0; i < 256; ++i) {
            raw({static_cast<float>(i) * 0.5F});
        }
        for (const int value : values) {
            append(static_cast<std::uint8_t>(value), 1);
        }
        return align();
    }

    Bin& tag(std::uint32_t value) {
        append(value, sizeof(value));
        return *this;
    }

    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

  private:
    Bin& align() {
        while (bytes_.size() % 4 != 0) {
            append(0xFF, 1); // what is between the weights means nothing
        }
        return *this;
    }

    void append(std::uint32_t value, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFFU));
        }
    }

    std::vector<std::byte> bytes_;
};

/// A .param of these lines behind an Input that gives the blob "x".
inline std::string
param(std::initializer_list<std::string_view> lines, std::string_view input = "Input in 0 1 x 2=1") {
    std::string text = fmt::format("7767517\n{} 9\n{}\n", lines.size() + 1, input);
    for (const std::string_view line : lines) {
        text += fmt::format("{}\n", line);
    }
    return text;
}

inline Tensor run(const std::string& text, const Bin& bin, const Tensor& input) {
    return run_reference(read_ncnn(text, bin.bytes()), input);
}

inline Tensor run_layer(std::string_view line, const Tensor& input, const Bin& bin = {}) {
    const std::string source = fmt::format("Input in 0 1 x 2={}", input.shape.c);
    return run(param({line}, source), bin, input);
}

inline Tensor row(std::vector<float> values) {
    const auto width = static_cast<std::int64_t>(values.size());
    return {{1, 1, 1, width}, std::move(values)};
}

/// What the reader says of a network that it refuses.
inline std::string refusal(const std::string& text, const Bin& bin, ErrorCode code) {
    return test::refusal_of([&] { (void)read_ncnn(text, bin.bytes()); }, code);
}

} // namespace kizuna::test
