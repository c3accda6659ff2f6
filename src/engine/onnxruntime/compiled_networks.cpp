#include "engine/onnxruntime/compiled_networks.hpp"

#include "base/atomic_file.hpp"
#include "base/log.hpp"
#include "engine/onnxruntime/library.hpp"

#include "kizuna/error.hpp"

#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

namespace fs = std::filesystem;

/// Fowler, Noll and Vo's hash of 64 bits (1a): nobody gains by a collision, for the folder is the user's own.
class Hash {
  public:
    void add(std::span<const std::byte> bytes) {
        for (const std::byte byte : bytes) {
            value_ = (value_ ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3U;
        }
    }

    void add(std::string_view text) {
        add(std::as_bytes(std::span(text)));
        add(std::span<const std::byte>(&end, 1));
    }

    [[nodiscard]] std::uint64_t value() const { return value_; }

  private:
    static constexpr std::byte end{0};
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

// Which build it is: reading hundreds of megabytes to hash them would take longer than it saves.
std::string identity(const fs::path& library) {
    std::error_code ignored;
    const auto bytes = fs::file_size(library, ignored);
    const auto time = fs::last_write_time(library, ignored).time_since_epoch().count();
    return fmt::format("{} {} {}", library.string(), bytes, time);
}

} // namespace

fs::path folder_for_compiled(
    const fs::path& cache_folder, const ProviderEntry& provider, const SettingsRequest& request,
    std::span<const std::byte> onnx) {
    if (cache_folder.empty() || !keeps_compiled_networks(provider.kind)) {
        return {};
    }
    const fs::path path = library().path;
    Hash hash;
    hash.add(library().version);
    hash.add(identity(path));
    hash.add(identity(path.parent_path() / "libonnxruntime_providers_tensorrt.so"));
    hash.add(fmt::format("{} {} {}", request.device, request.half, request.exact));
    hash.add(onnx);
    fs::path folder = cache_folder / "compiled" / fmt::format("{}-{:016x}", provider.name, hash.value());
    try {
        make_folder(folder);
    } catch (const Error& error) {
        log(LogLevel::warning, fmt::format("what {} compiles is not kept: {}", provider.name, error.what()));
        return {};
    }
    return folder;
}

} // namespace kizuna::ort
