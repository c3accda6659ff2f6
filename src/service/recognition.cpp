#include "service/recognition.hpp"

#include "service/digest.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <system_error>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

bool has_size(const fs::path& file, std::uint64_t bytes) {
    std::error_code error;
    return fs::file_size(file, error) == bytes && !error;
}

/// Those whose weights `file` has.
std::vector<const KnownNetwork*> with_weights(const Manifest& manifest, const fs::path& file) {
    std::vector<const KnownNetwork*> found;
    std::string hash;
    for (const KnownNetwork& network : manifest.networks) {
        if (network.files.empty() || !has_size(file, network.files.back().bytes)) {
            continue;
        }
        if (hash.empty()) {
            hash = sha256_of_file(file);
        }
        if (network.files.back().sha256 == hash) {
            found.push_back(&network);
        }
    }
    return found;
}

} // namespace

std::string network_extension(const fs::path& file) {
    const std::string extension = file.extension().string();
    const bool is_binary_param = extension == ".bin" && file.stem().extension() == ".param";
    return is_binary_param ? ".param.bin" : extension;
}

std::string network_stem(const fs::path& file) {
    const std::string name = file.filename().string();
    return name.substr(0, name.size() - network_extension(file).size());
}

std::vector<fs::path> files_of_network(const fs::path& file) {
    const std::string extension = network_extension(file);
    const fs::path bare = file.parent_path() / network_stem(file);
    const auto with = [&bare](const char* other) {
        fs::path path = bare;
        return path += other;
    };
    if (extension == ".param" || extension == ".param.bin") {
        return {file, with(".bin")};
    }
    if (extension == ".bin") {
        std::error_code ignored;
        const bool is_binary =
            !fs::exists(with(".param"), ignored) && fs::exists(with(".param.bin"), ignored);
        return {with(is_binary ? ".param.bin" : ".param"), file};
    }
    return {file};
}

bool has_content(const fs::path& file, const KnownFile& known) {
    return has_size(file, known.bytes) && sha256_of_file(file) == known.sha256;
}

bool is_exactly(const KnownNetwork& known, const fs::path& file) {
    const auto files = files_of_network(file);
    return !known.files.empty() &&
           std::equal(
               known.files.begin(), known.files.end(), files.begin(), files.end(),
               [](const KnownFile& a, const fs::path& b) { return has_content(b, a); });
}

const KnownNetwork* recognise_network(const Manifest& manifest, const fs::path& file) {
    try {
        const auto files = files_of_network(file);
        const auto found = with_weights(manifest, files.back());
        if (found.size() < 2) {
            return found.empty() ? nullptr : found.front();
        }
        const auto exact = std::find_if(found.begin(), found.end(), [&files](const KnownNetwork* network) {
            return network->files.size() == files.size() &&
                   has_content(files.front(), network->files.front());
        });
        return exact == found.end() ? nullptr : *exact;
    } catch (const Error&) { // whoever opens the file says what is wrong with it
        return nullptr;
    }
}

} // namespace kizuna
