#pragma once

#include "engine/onnxruntime/provider_table.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// What each of ONNX Runtime's providers is told, by the names and values that it documents. Plain data, so
// that it can be tested without the cards.
namespace kizuna::ort {

using Settings = std::vector<std::pair<std::string, std::string>>;

struct ProviderSettings {
    Settings needed; ///< without these it would be another device
    Settings wishes; ///< make it faster; older libraries do not know all of them
};

struct SettingsRequest {
    int device = 0;
    bool half = false;  ///< the network is float16
    bool exact = false; ///< float32 was asked for by name
    /// A folder of this network's own for what the provider compiles; empty = it is compiled every time.
    std::filesystem::path cache;
};

[[nodiscard]] ProviderSettings settings_for(ProviderKind kind, const SettingsRequest& request);

/// Whether the provider is faster in float16 on all cards that it runs on.
[[nodiscard]] bool prefers_half(ProviderKind kind) noexcept;

/// Whether tiles should go to the provider as bytes. The processor has them in its memory already.
[[nodiscard]] bool prefers_bytes(ProviderKind kind) noexcept;

/// Whether the provider compiles networks, and can keep what comes of it in a folder.
[[nodiscard]] bool keeps_compiled_networks(ProviderKind kind) noexcept;

/// As Session::best_tile_px and Session::tile_step_px.
[[nodiscard]] std::int64_t best_tile_px(ProviderKind kind) noexcept;
[[nodiscard]] std::int64_t tile_step_px(ProviderKind kind) noexcept;

/// Runs of one session that keep the device busy: while one computes, the tile before it is fetched and the
/// next one is brought.
[[nodiscard]] int parallel_runs(ProviderKind kind) noexcept;

/// `needed` with those wishes that `try_out`, which throws on what it does not know, takes one by one. What
/// was left out goes to the log. Throws what `try_out` throws on `needed` alone.
[[nodiscard]] Settings settings_that_work(
    const ProviderSettings& settings, const std::function<void(const Settings&)>& try_out,
    std::string_view provider);

} // namespace kizuna::ort
