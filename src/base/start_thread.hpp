#pragma once

#include "kizuna/error.hpp"

#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace kizuna {

/// A thread that runs `work`. Throws Error{out_of_memory} where the system gives no more of them; `purpose`
/// is what needs one.
template <typename Thread = std::thread, typename Work>
[[nodiscard]] Thread start_thread(std::string_view purpose, Work&& work) {
    try {
        return Thread(std::forward<Work>(work));
    } catch (const std::system_error&) {
        throw Error(
            ErrorCode::out_of_memory,
            fmt::format("the system gives no more threads, and {} needs one", purpose));
    }
}

} // namespace kizuna
