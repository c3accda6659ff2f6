#pragma once

#include "service/manifest.hpp"

#include "kizuna/model.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kizuna {

struct Network;

/// What a network of one's own is, where its file does not say: NAME.json beside NAME.param, NAME.onnx and so
/// on. docs/models.md describes its form.
struct Sidecar {
    int scale = 0; ///< 0 = not said
    std::string denoise;
    std::string family;
    std::string licence;
    std::optional<ValueRange> range;
    std::vector<KnownFile> files; ///< what was imported, for verify_model()
};

/// The place of the sidecar of the network that is this file.
[[nodiscard]] std::filesystem::path sidecar_of(const std::filesystem::path& file);

/// Throws Error{corrupt} and, where a field has no valid value, {invalid_argument}.
[[nodiscard]] Sidecar parse_sidecar(std::string_view text);

/// Empty where there is none. Throws Error{corrupt}, naming the file and the field.
[[nodiscard]] std::optional<Sidecar> read_sidecar(const std::filesystem::path& network_file);

[[nodiscard]] std::string write_sidecar(const Sidecar& sidecar);

/// Throws Error{invalid_argument} where a field has no valid value.
void check_sidecar(const Sidecar& sidecar);

/// Makes the network what the sidecar says. Throws Error{bad_network} where it is of another scale,
/// Error{unsupported} where a network whose operators we do not all know would need another range.
void apply_sidecar(const Sidecar& sidecar, Network& network);

} // namespace kizuna
