#include "formats/safetensors/header.hpp"

#include "base/checked.hpp"

#include "kizuna/error.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace kizuna::safetensors {

namespace {

constexpr std::size_t most_numbers = 64; // in one array: a shape, or two offsets

class Parser {
  public:
    explicit Parser(std::string_view text)
        : text_(text) {}

    [[nodiscard]] Header header() {
        Header header;
        object([&](std::string name) {
            if (name == "__metadata__") {
                object([&](std::string key) { header.metadata.emplace_back(std::move(key), string()); });
            } else {
                header.tensors.push_back(tensor(std::move(name)));
            }
        });
        skip_space(); // the header may be padded with spaces
        if (position_ != text_.size()) {
            fail("something follows the header's end");
        }
        return header;
    }

  private:
    /// Calls `member` with each key, standing before its value.
    template <typename Member>
    void object(const Member& member) {
        expect('{');
        if (accept('}')) {
            return;
        }
        do {
            std::string key = string();
            expect(':');
            member(std::move(key));
        } while (accept(','));
        expect('}');
    }

    HeaderTensor tensor(std::string name) {
        HeaderTensor result;
        result.name = std::move(name);
        std::array<int, 3> seen{};
        object([&](const std::string& key) {
            if (key == "dtype") {
                ++seen[0];
                result.type = string();
            } else if (key == "shape") {
                ++seen[1];
                result.shape = numbers();
            } else if (key == "data_offsets") {
                ++seen[2];
                const auto offsets = numbers();
                if (offsets.size() != 2) {
                    fail("data_offsets should be two numbers");
                }
                result.begin = offsets[0];
                result.end = offsets[1];
            } else {
                fail("a tensor has dtype, shape and data_offsets, and nothing else");
            }
        });
        if (seen != std::array{1, 1, 1}) {
            fail("a tensor should have dtype, shape and data_offsets once each");
        }
        return result;
    }

    std::vector<std::int64_t> numbers() {
        std::vector<std::int64_t> values;
        expect('[');
        if (accept(']')) {
            return values;
        }
        do {
            if (values.size() == most_numbers) {
                fail("there are too many numbers");
            }
            values.push_back(number());
        } while (accept(','));
        expect(']');
        return values;
    }

    std::int64_t number() {
        skip_space();
        std::int64_t value = 0;
        const char* begin = text_.data() + position_;
        const char* end = text_.data() + text_.size();
        const auto [rest, problem] = std::from_chars(begin, end, value);
        if (problem != std::errc() || value < 0) {
            fail("a whole number should stand here");
        }
        position_ += static_cast<std::size_t>(rest - begin);
        return value;
    }

    std::string string() {
        expect('"');
        std::string value;
        while (true) {
            const char c = next();
            if (c == '"') {
                return value;
            }
            if (static_cast<unsigned char>(c) < ' ') {
                fail("a string has a control character");
            }
            if (c == '\\') {
                escape(value);
            } else {
                value += c;
            }
        }
    }

    void escape(std::string& value) {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const char c = next();
        if (const auto place = letters.find(c); place != std::string_view::npos) {
            value += meanings[place];
            return;
        }
        if (c != 'u') {
            fail("a string has an escape that JSON does not know");
        }
        std::uint32_t code = 0;
        constexpr std::size_t digits = 4;
        const std::string_view hex = text_.substr(position_, digits);
        const auto [rest, problem] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
        if (problem != std::errc() || rest != hex.data() + digits) {
            fail("\\u should be followed by four digits");
        }
        position_ += digits;
        append_utf8(value, code);
    }

    /// Pairs of surrogates stay two characters: names of weights have none, and text is only shown.
    static void append_utf8(std::string& value, std::uint32_t code) {
        constexpr std::uint32_t low_six = 0x3F;
        if (code < 0x80) {
            value += static_cast<char>(code);
        } else if (code < 0x800) {
            value += static_cast<char>(0xC0U | (code >> 6U));
            value += static_cast<char>(0x80U | (code & low_six));
        } else {
            value += static_cast<char>(0xE0U | (code >> 12U));
            value += static_cast<char>(0x80U | ((code >> 6U) & low_six));
            value += static_cast<char>(0x80U | (code & low_six));
        }
    }

    void skip_space() {
        while (position_ < text_.size() && std::string_view(" \t\r\n").find(text_[position_]) < 4) {
            ++position_;
        }
    }

    char next() {
        if (position_ == text_.size()) {
            fail("the header ends in the middle of a value");
        }
        return text_[position_++];
    }

    bool accept(char wanted) {
        skip_space();
        const bool there = position_ < text_.size() && text_[position_] == wanted;
        position_ += there ? 1 : 0;
        return there;
    }

    void expect(char wanted) {
        if (!accept(wanted)) {
            fail(fmt::format("'{}' should stand here", wanted));
        }
    }

    [[noreturn]] void fail(std::string_view problem) const {
        throw Error(ErrorCode::corrupt, fmt::format("the header, at byte {} of it: {}", position_, problem));
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

} // namespace

Header parse_header(std::string_view json) {
    return Parser(json).header();
}

} // namespace kizuna::safetensors
