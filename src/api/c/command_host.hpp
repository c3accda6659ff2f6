#pragma once

#include "kizuna/jobs.hpp"
#include "kizuna/model.hpp"
#include "kizuna/result_cache.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace kizuna::c {

/// What commands share: one queue of jobs for each device that was asked for, the networks that were loaded,
/// and the cache. Thread-safe.
class CommandHost {
  public:
    /// The process's own, made at first use and never destroyed: a host's threads may still call when it
    /// ends.
    static CommandHost& instance();

    /// Results of jobs that begin from now on are kept in this folder.
    void keep_results_in(const std::filesystem::path& folder);

    /// Nothing before keep_results_in().
    [[nodiscard]] std::shared_ptr<ResultCache> cache();

    /// The queue for this device; made at first use.
    [[nodiscard]] std::shared_ptr<Jobs> jobs(const EngineOptions& device);

    /// All queues there are, by a name that tells them apart.
    [[nodiscard]] std::map<std::string, std::shared_ptr<Jobs>> all_jobs();

    /// Throws as Model::load. Loaded networks are kept.
    [[nodiscard]] Model model(const std::string& name);

  private:
    std::mutex mutex_;
    std::shared_ptr<ResultCache> cache_;
    std::map<std::string, std::shared_ptr<Jobs>> jobs_;
    std::map<std::string, Model> models_;
};

} // namespace kizuna::c
