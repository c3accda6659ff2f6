#include "formats/ncnn/param.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace kizuna::ncnn {

namespace {

constexpr std::string_view magic_line = "7767517";

/// Of a type or a name: ncnn itself reads no more.
constexpr std::size_t longest_name = 255;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/// The text, line by line and word by word.
class Lines {
  public:
    explicit Lines(std::string_view text)
        : rest_(text) {}

    /// The words of the next line that has any; empty at the end.
    std::vector<std::string_view> next() {
        while (!rest_.empty()) {
            const std::size_t end = rest_.find('\n');
            auto words = split(rest_.substr(0, end));
            rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
            ++line_;
            if (!words.empty()) {
                return words;
            }
        }
        return {};
    }

    [[nodiscard]] int line() const { return line_; }

  private:
    static std::vector<std::string_view> split(std::string_view line) {
        std::vector<std::string_view> words;
        std::size_t begin = 0;
        while (begin < line.size()) {
            if (is_space(line[begin])) {
                ++begin;
                continue;
            }
            std::size_t end = begin;
            while (end < line.size() && !is_space(line[end])) {
                ++end;
            }
            words.push_back(line.substr(begin, end - begin));
            begin = end;
        }
        return words;
    }

    std::string_view rest_;
    int line_ = 0;
};

[[noreturn]] void fail_line(int line, std::string_view message) {
    throw Error(ErrorCode::corrupt, fmt::format("line {} of the ncnn .param: {}", line, message));
}

void check_name(std::string_view name, int line) {
    if (name.size() > longest_name) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format(
                "line {} of the ncnn .param: a name has {} characters; {} is the most that is read", line,
                name.size(), longest_name));
    }
}

template <typename T>
std::optional<T> parse_number(std::string_view word) {
    T value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) {
        return std::nullopt;
    }
    return value;
}

int parse_count(std::string_view word, int line, std::string_view what) {
    const auto count = parse_number<int>(word);
    if (!count || *count < 0) {
        fail_line(line, fmt::format("the {} should be a count, not \"{}\"", what, word));
    }
    return *count;
}

ParamValues parse_values(std::string_view text, int line) {
    ParamValues values;
    while (true) {
        const std::size_t comma = text.find(',');
        const auto value = parse_number<double>(text.substr(0, comma));
        if (!value || !std::isfinite(*value)) {
            fail_line(line, fmt::format("\"{}\" is not a number", text.substr(0, comma)));
        }
        values.push_back(*value);
        if (comma == std::string_view::npos) {
            return values;
        }
        text.remove_prefix(comma + 1);
    }
}

/// The values of `-233NN=COUNT,a,b,…`, without the count.
ParamValues parse_array(std::string_view text, int line) {
    if (text == "0") {
        return {};
    }
    ParamValues values = parse_values(text, line);
    if (values.front() != static_cast<double>(values.size() - 1)) {
        fail_line(
            line,
            fmt::format("an array says it has {} elements and has {}", values.front(), values.size() - 1));
    }
    values.erase(values.begin());
    return values;
}

void parse_param_word(std::string_view word, Layer& layer) {
    const std::size_t equals = word.find('=');
    const auto id = parse_number<int>(word.substr(0, equals));
    if (equals == std::string_view::npos || !id) {
        fail_line(layer.line, fmt::format("\"{}\" is not a parameter (NUMBER=VALUE)", word));
    }
    const std::string_view value = word.substr(equals + 1);
    if (*id <= array_id_base) {
        layer.params[array_id_base - *id] = parse_array(value, layer.line);
        return;
    }
    layer.params[*id] = parse_values(value, layer.line);
}

Layer parse_layer(const std::vector<std::string_view>& words, int line) {
    constexpr std::size_t fixed_words = 4; // type, name, two counts
    if (words.size() < fixed_words) {
        fail_line(line, "a layer needs a type, a name, and the numbers of its inputs and outputs");
    }
    check_name(words[0], line);
    check_name(words[1], line);
    Layer layer;
    layer.type = words[0];
    layer.name = words[1];
    layer.line = line;
    const auto inputs = static_cast<std::size_t>(parse_count(words[2], line, "number of inputs"));
    const auto outputs = static_cast<std::size_t>(parse_count(words[3], line, "number of outputs"));
    if (inputs + outputs > words.size() - fixed_words) {
        fail_line(line, fmt::format("layer \"{}\" names fewer inputs and outputs than it has", layer.name));
    }
    const auto first_input = words.begin() + fixed_words;
    const auto first_output = first_input + static_cast<std::ptrdiff_t>(inputs);
    const auto first_param = first_output + static_cast<std::ptrdiff_t>(outputs);
    std::for_each(first_input, first_param, [line](std::string_view name) { check_name(name, line); });
    layer.inputs.assign(first_input, first_output);
    layer.outputs.assign(first_output, first_param);
    for (auto word = first_param; word != words.end(); ++word) {
        parse_param_word(*word, layer);
    }
    return layer;
}

int parse_header(Lines& lines) {
    if (const auto words = lines.next(); words.size() != 1 || words[0] != magic_line) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("an ncnn .param begins with the line {}, this does not", magic_line));
    }
    const auto words = lines.next();
    if (words.size() != 2) {
        fail_line(lines.line(), "the numbers of layers and of blobs should stand here");
    }
    const int layers = parse_count(words[0], lines.line(), "number of layers");
    parse_count(words[1], lines.line(), "number of blobs");
    if (layers > max_layers) {
        throw Error(
            ErrorCode::limit_exceeded,
            fmt::format("the ncnn .param has {} layers; {} is the most that is read", layers, max_layers));
    }
    return layers;
}

} // namespace

bool is_text_param(std::string_view file) {
    while (!file.empty() && (is_space(file.front()) || file.front() == '\n')) {
        file.remove_prefix(1);
    }
    return file.substr(0, magic_line.size()) == magic_line;
}

std::vector<Layer> parse_param(std::string_view file) {
    if (is_binary_param(file)) {
        return parse_binary_param(file);
    }
    Lines lines(file);
    const int count = parse_header(lines);
    std::vector<Layer> layers;
    for (auto words = lines.next(); !words.empty(); words = lines.next()) {
        if (layers.size() == static_cast<std::size_t>(count)) {
            fail_line(
                lines.line(),
                fmt::format("there are more than the {} layers that the file announces", count));
        }
        layers.push_back(parse_layer(words, lines.line()));
    }
    if (layers.size() != static_cast<std::size_t>(count)) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format("the ncnn .param ends after {} of its {} layers", layers.size(), count));
    }
    return layers;
}

void Layer::fail(ErrorCode code, std::string_view message) const {
    const std::string place = line == 0 ? "" : fmt::format(", line {}", line);
    throw Error(code, fmt::format("ncnn layer \"{}\" ({}{}): {}", name, type, place, message));
}

int Layer::integer(int id, int fallback, std::int64_t low, std::int64_t high) const {
    const auto found = params.find(id);
    if (found == params.end()) {
        return fallback;
    }
    const ParamValues& values = found->second;
    if (values.size() != 1 || values[0] != std::floor(values[0]) || values[0] < static_cast<double>(low) ||
        values[0] > static_cast<double>(high)) {
        fail(
            ErrorCode::corrupt,
            fmt::format("parameter {} should be a whole number from {} to {}", id, low, high));
    }
    return static_cast<int>(values[0]);
}

float Layer::real(int id, float fallback) const {
    const auto found = params.find(id);
    if (found == params.end()) {
        return fallback;
    }
    if (found->second.size() != 1) {
        fail(ErrorCode::corrupt, fmt::format("parameter {} should be one number", id));
    }
    return static_cast<float>(reals(id)[0]);
}

ParamValues Layer::integers(int id) const {
    const auto found = params.find(id);
    return found == params.end() ? ParamValues{} : found->second;
}

ParamValues Layer::reals(int id) const {
    ParamValues values = integers(id);
    if (!params_are_bits) {
        return values;
    }
    for (double& value : values) {
        value = std::bit_cast<float>(static_cast<std::int32_t>(value));
        if (!std::isfinite(value)) {
            fail(ErrorCode::corrupt, fmt::format("parameter {} is no finite number", id));
        }
    }
    return values;
}

} // namespace kizuna::ncnn
