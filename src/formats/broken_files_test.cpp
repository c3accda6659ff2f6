#include "base/byte_stream.hpp"
#include "formats/anime4k/anime4k.hpp"
#include "formats/architectures/architectures.hpp"
#include "formats/ncnn/ncnn.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/torch/test_files.hpp"
#include "formats/torch/torch.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Files of every format that are cut off, or claim what they do not have: each is an Error, and none takes
// more than a little memory. They are read in a process of their own, whose memory is limited.
namespace kizuna {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint64_t allowed_bytes = std::uint64_t{64} << 20U;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true; // their own memory is too much to be limited
#else
constexpr bool sanitized = false;
#endif

std::uint64_t address_space() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t pages = 0;
    file >> pages;
    return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// What `read` came to: "" for an Error, which is what is wanted.
std::string outcome(const std::function<void()>& read) {
    try {
        read();
        return "was read";
    } catch (const Error&) {
        return "";
    } catch (const std::bad_alloc&) {
        return "took too much memory";
    } catch (const std::exception& error) {
        return fmt::format("threw {}", error.what());
    }
}

[[noreturn]] void read_limited(const std::function<void()>& read, int report) {
    if (!sanitized) {
        const rlim_t most = address_space() + allowed_bytes;
        const rlimit limit{most, most};
        setrlimit(RLIMIT_AS, &limit);
    }
    const std::string text = outcome(read);
    const bool told = write(report, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    _exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
}

/// The outcome in a process whose memory ends 64 MiB above what this one has.
std::string limited_outcome(const std::function<void()>& read) {
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) {
        return "could not be tried";
    }
    const pid_t child = fork();
    if (child == 0) {
        read_limited(read, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    std::string text(256, '\0');
    const ssize_t size = ::read(pipe_ends[0], text.data(), text.size());
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return status == 0 ? text : fmt::format("ended the process ({})", status);
}

void expect_error(const std::function<void()>& read) {
    EXPECT_EQ(limited_outcome(read), "");
}

/// A file of a format, and how it is read.
struct Sample {
    const char* corpus_file;
    void (*read)(std::span<const std::byte>);
};

void PrintTo(const Sample& sample, std::ostream* out) {
    *out << sample.corpus_file;
}

/// The .param, a zero byte, the .bin, as in the fuzzer's corpus.
void read_text_ncnn(std::span<const std::byte> bytes) {
    const std::string_view text = as_text(bytes);
    const std::size_t end = std::min(text.find('\0'), text.size());
    (void)read_ncnn(text.substr(0, end), bytes.subspan(std::min(end + 1, text.size())));
}

/// Four bytes of length, the .param, the .bin.
void read_binary_ncnn(std::span<const std::byte> bytes) {
    constexpr std::size_t prefix = 4;
    const std::size_t length = bytes.size() < prefix ? 0 : std::to_integer<std::size_t>(bytes[0]);
    const auto rest = bytes.subspan(std::min(prefix, bytes.size()));
    const auto param = rest.first(std::min(length, rest.size()));
    (void)read_ncnn(as_text(param), rest.subspan(param.size()));
}

void read_weights(std::span<const std::byte> bytes) {
    (void)assemble(is_torch(bytes) ? read_torch(bytes) : read_safetensors(bytes));
}

class CutFiles : public testing::TestWithParam<Sample> {
  protected:
    static Bytes load() {
        return read_file(
            std::string(KIZUNA_SOURCE_DIR "/tests/fuzz/corpus/") + GetParam().corpus_file, allowed_bytes);
    }
};

TEST_P(CutFiles, AreErrorsWhereverTheyEnd) {
    constexpr std::size_t step = 97; // prime, so that it meets every kind of place
    const Bytes whole = load();
    ASSERT_EQ(outcome([&] { GetParam().read(whole); }), "was read");
    for (std::size_t size = 0; size < whole.size(); size += step) {
        SCOPED_TRACE(fmt::format("{} of {} bytes", size, whole.size()));
        expect_error([&] { GetParam().read(std::span(whole).first(size)); });
    }
    expect_error([&] { GetParam().read(std::span(whole).first(whole.size() - 1)); });
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryFormat, CutFiles,
    testing::Values(
        Sample{
            "onnx/every_spatial_operator", [](std::span<const std::byte> bytes) { (void)read_onnx(bytes); }},
        Sample{"ncnn/tiny_upscaler", read_text_ncnn}, Sample{"ncnn_binary/int8_and_table", read_binary_ncnn},
        Sample{"torch/compact.pth", read_weights}, Sample{"torch/compact_legacy.pth", read_weights},
        Sample{"safetensors/compact.safetensors", read_weights},
        Sample{"anime4k/colours", [](std::span<const std::byte> bytes) { (void)read_anime4k(bytes); }}));

void expect_ncnn_error(const std::string& layers, std::string_view counts = "9 9") {
    SCOPED_TRACE(layers);
    const std::string param = fmt::format("7767517\n{}\nInput in 0 1 x 2=3\n{}", counts, layers);
    expect_error([&] { (void)read_ncnn(param, {}); });
}

TEST(BrokenNcnn, ClaimsWeightsThatAreNotThere) {
    for (const char* layer :
         {"Convolution c 1 1 x y 0=1048576 1=1 6=2147483647\n",
          "Convolution c 1 1 x y 0=1024 1=512 6=805306368\n",
          "Deconvolution c 1 1 x y 0=1048576 1=2 3=2 6=12582912\n", "PReLU p 1 1 x y 0=1048576\n",
          "BatchNorm b 1 1 x y 0=1048576\n", "Scale s 1 1 x y 0=1048576 1=1\n",
          "ConvolutionDepthWise c 1 1 x y 0=1048576 1=16 6=268435456 7=1048576 8=1\n"}) {
        expect_ncnn_error(layer, "2 2");
    }
}

TEST(BrokenNcnn, ClaimsCountsAndNamesThatAreNotThere) {
    expect_ncnn_error("ReLU r 2147483647 2147483647 x y\n", "2 2");
    expect_ncnn_error("ReLU r 1 1 x y -23310=2147483647,1\n", "2 2");
    expect_ncnn_error("", "2147483647 1");
    expect_ncnn_error("", "99999999999999999999 1");
    expect_ncnn_error("ReLU r 1 1 y y\n", "2 2");                 // its own result
    expect_ncnn_error("ReLU a 1 1 c b\nReLU d 1 1 b c\n", "3 3"); // each other's
    expect_ncnn_error("ReLU a 1 1 missing y\n", "2 2");
    expect_ncnn_error("PixelShuffle p 1 1 x y 0=16384\n", "2 2");
    expect_ncnn_error("Interp i 1 1 x y 0=1 1=1e30 2=1e30\n", "2 2");
    expect_ncnn_error("Padding p 1 1 x y 0=16384 1=16384 2=99999\n", "2 2");
}

void expect_onnx_error(const std::string& bytes) {
    expect_error([&] { (void)read_onnx(test::as_bytes(bytes)); });
}

/// Protocol buffers' field of bytes, whose length may be a lie.
std::string field(int number, const std::string& content, std::uint64_t claimed) {
    std::string text;
    const auto varint = [&](std::uint64_t value) {
        for (; value >= 0x80U; value >>= 7U) {
            text += static_cast<char>((value & 0x7FU) | 0x80U);
        }
        text += static_cast<char>(value);
    };
    varint(static_cast<std::uint64_t>(number) << 3U | 2U);
    varint(claimed);
    return text + content;
}

std::string field(int number, const std::string& content) {
    return field(number, content, content.size());
}

TEST(BrokenOnnx, ClaimsLengthsThatAreNotThere) {
    constexpr int graph = 7;
    constexpr int initializer = 5;
    constexpr int raw_data = 9;
    const std::string filler(1000, 'x');
    for (const std::uint64_t claimed : {(1ULL << 31U) - 1, 1ULL << 31U, 1ULL << 40U, ~0ULL}) {
        expect_onnx_error(field(graph, filler, claimed));
        expect_onnx_error(field(graph, field(initializer, field(raw_data, filler, claimed))));
    }
}

TEST(BrokenOnnx, NestsGraphsWithoutEnd) {
    constexpr int graph_of_model = 7;
    constexpr int node_of_graph = 1;
    constexpr int attribute_of_node = 5;
    constexpr int graph_of_attribute = 6;
    std::string graph;
    for (int depth = 0; depth < 1000; ++depth) {
        graph = field(node_of_graph, field(attribute_of_node, field(graph_of_attribute, graph)));
    }
    expect_onnx_error(field(graph_of_model, graph));
}

void expect_weights_error(const std::string& file) {
    expect_error([&] { read_weights(test::as_bytes(file)); });
}

std::string safetensors(const std::string& header, const std::string& data = {}) {
    return test::little_endian(header.size(), 8) + header + data;
}

TEST(BrokenSafetensors, ClaimsWhatIsNotThere) {
    expect_weights_error(test::little_endian(1ULL << 31U, 8) + std::string(1000, ' '));
    expect_weights_error(test::little_endian(~0ULL, 8) + "{}");
    const auto tensor = [](const std::string& shape, const std::string& offsets) {
        return safetensors(
            fmt::format(R"({{"w": {{"dtype": "F32", "shape": {}, "data_offsets": {}}}}})", shape, offsets),
            std::string(16, '\0'));
    };
    expect_weights_error(tensor("[536870912]", "[0, 2147483648]"));
    expect_weights_error(tensor("[4294967296, 4294967296]", "[0, 16]"));
    expect_weights_error(tensor("[-4]", "[0, 16]"));
    expect_weights_error(tensor("[4]", "[18446744073709551615, 15]"));
    expect_weights_error(tensor("[4]", "[16, 0]"));
    expect_weights_error(safetensors(std::string(10'000, '[')));
    expect_weights_error(safetensors(std::string(10'000, '{')));
}

TEST(BrokenTorch, ClaimsWhatIsNotThere) {
    using test::PickleWriter;
    const auto of_tensor = [](std::int64_t count, const PickleWriter::View& view) {
        PickleWriter pickle;
        pickle.raw("}(").text("body.0.weight").tensor("FloatStorage", "0", count, view).raw("u");
        return test::zip({{"archive/data.pkl", pickle.done()}, {"archive/data/0", std::string(16, '\0')}});
    };
    constexpr std::int64_t half_a_billion = std::int64_t{1} << 29U;
    expect_weights_error(of_tensor(half_a_billion, {0, {half_a_billion}, {1}}));
    expect_weights_error(of_tensor(4, {0, {half_a_billion}, {0}}));
    expect_weights_error(of_tensor(4, {0, {1LL << 62U, 1LL << 62U}, {1, 1}}));
    expect_weights_error(of_tensor(4, {1LL << 62U, {4}, {1LL << 62U}}));
    expect_weights_error(of_tensor(-1, {0, {4}, {1}}));
    for (const char* claim :
         {"X\xff\xff\xff\x7f", "T\xff\xff\xff\x7f", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"}) {
        expect_weights_error("\x80\x02" + std::string(claim) + std::string(1000, 'x'));
    }
    const std::string pickle = PickleWriter().raw("}").done();
    expect_weights_error(test::zip({{"archive/data.pkl", pickle, 0, 0x7FFFFFFF}}));
    expect_weights_error(test::zip({{"archive/data.pkl", pickle, 8, 0x7FFFFFFF}}));
}

TEST(BrokenAnime4k, ClaimsNothingThatItDoesNotHave) {
    const auto expect_json_error = [](const std::string& json) {
        expect_error([&] { (void)read_anime4k(test::as_bytes(json)); });
    };
    expect_json_error(std::string(1'000'000, '['));
    expect_json_error(R"({"name": "anime4k/x", "layers": )" + std::string(1'000'000, '{'));
    expect_json_error(
        R"({"layers": {"a": {"type": "conv", "inputs": ["a"], "weights": [], "bias": [0,0,0,0]}}})");
}

} // namespace
} // namespace kizuna
