#include "formats/formats.hpp"

#include "base/byte_stream.hpp"
#include "formats/anime4k/anime4k.hpp"
#include "formats/architectures/architectures.hpp"
#include "formats/ncnn/ncnn.hpp"
#include "formats/ncnn/param.hpp"
#include "formats/onnx/onnx.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "formats/torch/torch.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view readable = "ONNX (.onnx), ncnn (.param with .bin), PyTorch (.pth, .pt, .ckpt) and "
                                      "safetensors (.safetensors), and Anime4K's networks in JSON are the "
                                      "formats that are read";
constexpr std::uint64_t max_param_bytes = std::uint64_t{16} << 20U; // the largest known have some hundred kB

std::string lower_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return extension;
}

template <typename Extensions>
bool is_any_of(const Extensions& extensions, std::string_view extension) {
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

bool is_torch_name(std::string_view extension) {
    constexpr std::array<std::string_view, 3> extensions{".pth", ".pt", ".ckpt"};
    return is_any_of(extensions, extension);
}

/// Formats of networks that people will try, by the names of their files.
void refuse_other_formats(const fs::path& path) {
    constexpr std::array others{".engine", ".trt", ".tflite", ".mlmodel", ".h5", ".gguf"};
    const std::string extension = lower_extension(path);
    if (is_any_of(others, extension)) {
        throw Error(
            ErrorCode::unsupported, fmt::format(
                                        "{}: {} files are not read; {}. Convert the network to one of them",
                                        path.string(), extension, readable));
    }
}

bool is_binary_param_name(const fs::path& path) {
    return lower_extension(path) == ".bin" && lower_extension(path.stem()) == ".param";
}

/// The name without what tells the format.
fs::path bare_name(const fs::path& path) {
    fs::path bare = path;
    bare.replace_extension();
    return is_binary_param_name(path) ? bare.replace_extension() : bare;
}

/// The first of these names that is there. `X.param.bin`, as ncnn's tools write it, has its weights in
/// `X.bin`.
fs::path partner(const fs::path& path, std::initializer_list<std::string_view> extensions) {
    for (const std::string_view extension : extensions) {
        fs::path other = bare_name(path);
        other += extension;
        if (fs::exists(other)) {
            return other;
        }
    }
    fs::path missing = bare_name(path);
    missing += *extensions.begin();
    throw Error(
        ErrorCode::not_found,
        fmt::format(
            "{}: an ncnn network is two files, and {} is not beside it", path.string(), missing.string()));
}

Network load_ncnn(const fs::path& bin, std::span<const std::byte> param) {
    if (param.size() > max_param_bytes) {
        throw Error(
            ErrorCode::limit_exceeded, fmt::format("an ncnn .param of {} bytes is not read", param.size()));
    }
    Network network;
    network.graph = read_ncnn(as_text(param), read_file(bin, max_model_bytes));
    describe(*network.graph, network.spec);
    return network;
}

Network load_content(const fs::path& path) {
    const std::string extension = lower_extension(path);
    if (extension == ".bin" && !is_binary_param_name(path)) {
        return load_ncnn(path, read_file(partner(path, {".param", ".param.bin"}), max_param_bytes));
    }
    const auto bytes = read_file(path, max_model_bytes);
    if (is_torch(bytes) || is_torch_name(extension)) {
        return assemble(read_torch(bytes));
    }
    if (is_safetensors(bytes) || extension == ".safetensors") {
        return assemble(read_safetensors(bytes));
    }
    if (is_anime4k(bytes)) {
        Network network;
        network.graph = read_anime4k(bytes);
        describe(*network.graph, network.spec);
        return network;
    }
    if (extension == ".json") {
        throw Error(
            ErrorCode::unsupported, "of networks in JSON those of Anime4K are read, whose name in it begins "
                                    "with \"anime4k/\"");
    }
    if (ncnn::is_text_param(as_text(bytes)) || ncnn::is_binary_param(as_text(bytes))) {
        return load_ncnn(partner(path, {".bin"}), bytes);
    }
    if (extension == ".param" || is_binary_param_name(path)) {
        throw Error(ErrorCode::corrupt, "this is not an ncnn .param: it does not begin with 7767517");
    }
    return read_onnx(bytes, path.has_parent_path() ? path.parent_path() : fs::path("."));
}

bool begins_like_anime4k(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 512> beginning{};
    file.read(beginning.data(), beginning.size());
    return is_anime4k(std::as_bytes(std::span(beginning).first(static_cast<std::size_t>(file.gcount()))));
}

} // namespace

Network load_network(const fs::path& path) {
    refuse_other_formats(path);
    try {
        Network network = load_content(path);
        network.spec.name = bare_name(path).filename().string();
        network.spec.origin = path.string();
        return network;
    } catch (const Error& error) {
        const bool names_path = std::string_view(error.what()).find(path.string()) != std::string_view::npos;
        throw names_path ? error : error.with_context(path.string());
    }
}

bool is_network_file(const fs::path& path) {
    const std::string extension = lower_extension(path);
    if (extension == ".json") { // a name that says little
        return begins_like_anime4k(path);
    }
    return extension == ".onnx" || extension == ".param" || extension == ".bin" ||
           extension == ".safetensors" || is_torch_name(extension);
}

} // namespace kizuna
