#include "api/c/command_host.hpp"

#include <fmt/format.h>

namespace kizuna::c {

CommandHost& CommandHost::instance() {
    static auto* const host = new CommandHost;
    return *host;
}

void CommandHost::keep_results_in(const std::filesystem::path& folder) {
    auto cache = std::make_shared<ResultCache>(folder); // anew, for the folder may have been removed
    const std::lock_guard lock(mutex_);
    cache_ = std::move(cache);
    for (const auto& [device, jobs] : jobs_) {
        jobs->keep_results_in(cache_);
    }
}

std::shared_ptr<ResultCache> CommandHost::cache() {
    const std::lock_guard lock(mutex_);
    return cache_;
}

std::shared_ptr<Jobs> CommandHost::jobs(const EngineOptions& device) {
    const std::string name = fmt::format(
        "{} {} {} {}", device.provider, device.device, device.threads, static_cast<int>(device.precision));
    const std::lock_guard lock(mutex_);
    auto& jobs = jobs_[name];
    if (!jobs) {
        JobsOptions options;
        options.devices = {device};
        options.cache = cache_;
        jobs = std::make_shared<Jobs>(options);
    }
    return jobs;
}

std::map<std::string, std::shared_ptr<Jobs>> CommandHost::all_jobs() {
    const std::lock_guard lock(mutex_);
    return jobs_;
}

Model CommandHost::model(const std::string& name) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = models_.find(name); found != models_.end()) {
            return found->second;
        }
    }
    Model model = Model::load(name);
    const std::lock_guard lock(mutex_);
    return models_.emplace(name, std::move(model)).first->second;
}

} // namespace kizuna::c
