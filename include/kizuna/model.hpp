#pragma once

#include "kizuna/export.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna {

struct Network;

/// What a network is, for people and for choosing one. Lengths are in pixels of the input.
struct ModelInfo {
    std::string name;
    int scale = 0;    ///< 0 = only known once the network has been opened by an Upscaler
    int channels = 0; ///< 1 = grey (colour pictures go through channel by channel), 3 = RGB
    std::optional<int>
        receptive_field_px; ///< radius; empty where it is not known or the whole picture counts
    int alignment_px = 1;   ///< tile sides are multiples of this
    int border_px = 0;      ///< what it consumes on each side: output = (input − 2 · border) · scale
    std::optional<int> fixed_width_px; ///< the only tile size that the file allows
    std::optional<int> fixed_height_px;
    std::string licence;                ///< empty where not known
    std::filesystem::path path;         ///< the file it was read from
    std::vector<std::string> operators; ///< each kind once, where all are known
    std::string remark;                 ///< where not all operators are known: which, and what follows
};

/// A network read into memory. Copies share it; immutable, so any thread may use it.
class KIZUNA_API Model {
  public:
    /// `name_or_path`: a name from list_models(), or a path of a file: `.onnx`, either of an ncnn pair, or
    /// weights of an architecture that is known (`.safetensors`, and PyTorch's `.pth`, `.pt`, `.ckpt`, in
    /// which nothing is ever run). Throws Error{not_found} (listing the names there are), {corrupt},
    /// {unsupported}, {bad_network}.
    [[nodiscard]] static Model load(std::string_view name_or_path);

    [[nodiscard]] ModelInfo info() const;

    [[nodiscard]] const std::shared_ptr<const Network>& network() const noexcept { return network_; }

  private:
    explicit Model(std::shared_ptr<const Network> network)
        : network_(std::move(network)) {}

    std::shared_ptr<const Network> network_;
};

/// The network that is used when none is asked for: realesr-animevideov3-x2.
[[nodiscard]] KIZUNA_API std::string_view default_model_name() noexcept;

/// A network of the model library.
struct ModelEntry {
    std::string name;
    int scale = 0;
    std::string description; ///< one line: what it is good at
    std::string licence;
    bool installed = false;     ///< its files are on this machine
    std::filesystem::path path; ///< where, if so
};

/// The networks that are known by name, and every network file in the model folders (KIZUNA_MODELS, then the
/// user's data folder, then the installed one). Thread-safe.
[[nodiscard]] KIZUNA_API std::vector<ModelEntry> list_models();

/// The folders in which networks are looked for, in order, whether they exist or not.
[[nodiscard]] KIZUNA_API std::vector<std::filesystem::path> model_folders();

/// True where the name looks like a network's file (".onnx", ".param", ".bin", ".safetensors", ".pth", ".pt",
/// ".ckpt").
[[nodiscard]] KIZUNA_API bool is_model_file(const std::filesystem::path& path);

} // namespace kizuna
