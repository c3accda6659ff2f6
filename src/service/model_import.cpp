#include "base/atomic_file.hpp"
#include "base/byte_stream.hpp"
#include "formats/formats.hpp"
#include "service/digest.hpp"
#include "service/model_library.hpp"
#include "service/recognition.hpp"
#include "service/sidecar.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

/// The name that the network gets. `exact` is the known network that it is.
std::string name_for(const fs::path& file, const ImportOptions& options, const KnownNetwork* exact) {
    std::string name = !options.name.empty() ? options.name
                       : exact != nullptr    ? exact->name
                                             : network_stem(file);
    if (!is_network_name(name) || is_network_file(name)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "'{}' cannot be a network's name: letters, digits, '.', '_', '-' and '+', and not a file's "
                "extension",
                name));
    }
    const KnownNetwork* known = manifest().find(name);
    if (known != nullptr && !known->files.empty() && known != exact) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} is the name of a known network, and {} is another one", name, file.string()));
    }
    return known != nullptr ? known->name : name;
}

/// What is known by hashes is not to be told otherwise.
void check_against(const KnownNetwork& known, const ImportOptions& options) {
    const bool agrees = (options.scale == 0 || options.scale == known.scale) &&
                        (options.denoise.empty() || options.denoise == known.denoise) &&
                        (options.family.empty() || options.family == known.family) && !options.range;
    if (!agrees) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "this is {} (family {}, scale {}{}), of which nothing else can be said", known.name,
                known.family, known.scale, known.denoise.empty() ? "" : ", denoise " + known.denoise));
    }
}

/// The file that it will be found by: an ONNX file as it was read, for it may have had its weights elsewhere.
std::pair<std::string, std::vector<std::byte>> main_file(const fs::path& file, const Network& network) {
    if (!network.onnx.empty()) {
        return {".onnx", network.onnx};
    }
    if (!stands_for_network(file)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format(
                "{}: rename it, so that its name says what it is (.param, .safetensors, .pth, …)",
                file.string()));
    }
    return {network_extension(file), read_file(file, max_model_bytes)};
}

/// A network's files under their new names, which they get together.
class Installation {
  public:
    Installation(fs::path folder, std::string name)
        : folder_(std::move(folder))
        , name_(std::move(name)) {
        if (const auto there = network_file_in(folder_, name_)) {
            throw Error(
                ErrorCode::already_exists,
                fmt::format(
                    "{} exists already; remove it ('kizuna models remove {}') or choose another name",
                    there->string(), name_));
        }
        make_folder(folder_);
    }

    /// Those that are added later are named earlier.
    void add(const std::string& file_name, std::span<const std::byte> content, Sidecar* sidecar) {
        // A part without its first file is what an interrupted import has left, or a removal.
        files_.push_back(std::make_unique<AtomicFile>(folder_ / file_name, AtomicFile::IfExists::replace));
        files_.back()->write(content);
        if (sidecar != nullptr) {
            sidecar->files.push_back({file_name, "", content.size(), sha256_of(content)});
        }
    }

    void commit() {
        std::for_each(files_.rbegin(), files_.rend(), [](const auto& file) { file->commit(); });
    }

  private:
    fs::path folder_;
    std::string name_;
    std::vector<std::unique_ptr<AtomicFile>> files_;
};

/// What is wrong with these files; empty where nothing is.
std::string problem_of(const fs::path& folder, const std::vector<KnownFile>& files) {
    for (const KnownFile& file : files) {
        std::error_code ignored;
        const fs::path path = folder / file.name;
        if (!fs::exists(path, ignored)) {
            return fmt::format("{} is not there", path.string());
        }
        if (!has_content(path, file)) {
            return fmt::format("{} is not what it was: its size or sha256 differs", path.string());
        }
    }
    return "";
}

/// The files of a known network as they are called where it lies, which may be by an alias.
std::vector<KnownFile> files_at(const fs::path& file, const KnownNetwork& known) {
    std::vector<KnownFile> files = known.files;
    const auto parts = files_of_network(file);
    for (std::size_t i = 0; i < files.size() && i < parts.size(); ++i) {
        files[i].name = parts[i].filename().string();
    }
    return files;
}

/// By reading it, where no hashes are known.
void try_reading(const fs::path& file, ModelCheck& check) {
    try {
        (void)load_model(file.string());
        check.state = ModelState::unknown;
    } catch (const Error& error) {
        check.state = ModelState::damaged;
        check.problem = error.what();
    }
}

} // namespace

ModelEntry import_model(const fs::path& file, const ImportOptions& options) {
    const KnownNetwork* exact = recognise_network(manifest(), file);
    if (exact != nullptr && !is_exactly(*exact, file)) { // the same weights, but joined in another way
        exact = nullptr;
    }
    const std::string name = name_for(file, options, exact);
    if (exact != nullptr) {
        check_against(*exact, options);
    }
    Sidecar sidecar{options.scale, options.denoise, options.family, options.licence, options.range, {}};
    check_sidecar(sidecar);
    Network network = load_network(file);
    const auto parts = files_of_network(file);
    const auto [extension, content] = main_file(parts.front(), network);
    Installation installation(user_model_folder(), name);
    const std::string main_name = name + extension;
    installation.add(main_name, content, &sidecar);
    if (parts.size() > 1) {
        installation.add(name + ".bin", read_file(parts.back(), max_model_bytes), &sidecar);
    }
    if (exact == nullptr) {
        apply_sidecar(sidecar, network); // which finds out whether they suit each other
        const std::string text = write_sidecar(sidecar);
        installation.add(sidecar_of(main_name).string(), std::as_bytes(std::span(text)), nullptr);
    }
    installation.commit();
    return find_models(name).front();
}

ModelCheck verify_model(std::string_view name) {
    const KnownNetwork* known = manifest().find(name);
    ModelCheck check;
    check.name = known != nullptr ? known->name : name;
    const auto file = known != nullptr ? installed_file(*known) : installed_file(name);
    if (!file) {
        if (known == nullptr) {
            throw Error(
                ErrorCode::not_found,
                fmt::format("there is no network called {}; 'kizuna models' lists those there are", name));
        }
        return check;
    }
    check.path = *file;
    std::vector<KnownFile> files;
    try {
        if (known != nullptr && !known->files.empty()) {
            files = files_at(*file, *known);
        } else if (const auto sidecar = read_sidecar(*file)) {
            files = sidecar->files;
        }
        check.problem = problem_of(file->parent_path(), files);
    } catch (const Error& error) {
        check.problem = error.what();
    }
    check.state = check.problem.empty() ? ModelState::whole : ModelState::damaged;
    if (files.empty() && check.problem.empty()) {
        try_reading(*file, check);
    }
    return check;
}

void remove_model(std::string_view name) {
    const KnownNetwork* known = manifest().find(name);
    const std::string own_name = known != nullptr ? known->name : std::string(name);
    std::vector<std::string> names{own_name};
    if (known != nullptr) {
        names.insert(names.end(), known->aliases.begin(), known->aliases.end());
    }
    std::optional<fs::path> file;
    for (auto each = names.begin(); !file && each != names.end(); ++each) {
        file = is_network_name(*each) ? network_file_in(user_model_folder(), *each) : std::nullopt;
    }
    if (!file) {
        const auto elsewhere = known != nullptr ? installed_file(*known) : installed_file(own_name);
        throw Error(
            ErrorCode::not_found,
            elsewhere ? fmt::format(
                            "{} is in {}, which is not the folder that networks are removed from, {}",
                            own_name, elsewhere->parent_path().string(), user_model_folder().string())
                      : fmt::format("{} is not in {}", own_name, user_model_folder().string()));
    }
    // First what the network is found by, so that nobody finds half of it.
    auto files = files_of_network(*file);
    files.push_back(sidecar_of(*file));
    for (const fs::path& part : files) {
        remove_file(part);
    }
}

} // namespace kizuna
