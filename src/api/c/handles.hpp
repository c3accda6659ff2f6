#pragma once

#include "kizuna/error.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace kizuna::c {

/// Of all kinds together, so that a handle of one kind is never taken for one of another. In steps as memory
/// would be allocated: some hosts tag low bits.
inline std::uintptr_t next_handle() {
    static std::atomic<std::uintptr_t> last{0};
    constexpr std::uintptr_t step = 16;
    return last += step;
}

/// The C interface's handles of one kind. A handle is a number that is never given twice, in the clothes of a
/// pointer: one that was freed is known for what it is, and an object that another thread frees lives until
/// the call that uses it has returned. Thread-safe.
template <typename Object, typename Handle>
class Handles {
  public:
    explicit Handles(const char* kind)
        : kind_(kind) {}

    Handle* add(std::shared_ptr<Object> object) {
        const std::uintptr_t handle = next_handle();
        const std::lock_guard lock(mutex_);
        objects_.emplace(handle, std::move(object));
        return reinterpret_cast<Handle*>(handle); // NOLINT(performance-no-int-to-ptr): never followed
    }

    /// Nothing where it is not one of these.
    std::shared_ptr<Object> find(const Handle* handle) {
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
        return found == objects_.end() ? nullptr : found->second;
    }

    /// Throws Error{invalid_argument} where it is not one of these.
    std::shared_ptr<Object> get(const Handle* handle) {
        auto object = find(handle);
        if (!object) {
            throw Error(
                ErrorCode::invalid_argument,
                std::string(handle == nullptr ? "NULL was given for " : "this is not, or no longer, ") +
                    kind_);
        }
        return object;
    }

    /// The object that the handle was of, or nothing. It goes when the last call that uses it has returned.
    std::shared_ptr<Object> remove(const Handle* handle) {
        const std::lock_guard lock(mutex_);
        const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(handle));
        if (found == objects_.end()) {
            return nullptr;
        }
        auto object = std::move(found->second);
        objects_.erase(found);
        return object;
    }

  private:
    const char* kind_;
    std::mutex mutex_;
    std::unordered_map<std::uintptr_t, std::shared_ptr<Object>> objects_;
};

} // namespace kizuna::c
