#pragma once

#include "gil.hpp"

#include <exception>
#include <functional>
#include <kizuna/cancel.hpp>
#include <optional>
#include <pybind11/pybind11.h>
#include <stop_token>

namespace kizuna_python {

/// A call that may take long, made by a Python thread: other threads run meanwhile. It ends early, with
/// Error{cancelled}, when `cancel` asks, when `progress` raises or Ctrl-C comes (then that is what
/// finish() raises), and when the interpreter ends.
class LongCall {
  public:
    LongCall(pybind11::object progress, const kizuna::CancelSource* cancel);
    LongCall(const LongCall&) = delete;
    LongCall& operator=(const LongCall&) = delete;
    ~LongCall();

    [[nodiscard]] kizuna::CancelToken token() const { return source_.get_token(); }

    /// Does the work without the GIL. `released` is for told().
    template <typename Work>
    auto run(const Work& work) {
        auto result = [&] {
            try {
                ReleasedGil released;
                return work(released);
            } catch (...) {
                raise_what_python_raised();
                throw;
            }
        }();
        raise_what_python_raised();
        return result;
    }

    /// Calls `progress` with what `news()` makes, and looks whether Ctrl-C has come.
    template <typename News>
    void told(ReleasedGil& released, const News& news) {
        released.call_python([&] { tell([&]() -> pybind11::object { return news(); }); });
    }

  private:
    void tell(const std::function<pybind11::object()>& news) noexcept;
    void raise_what_python_raised();

    pybind11::object progress_;
    kizuna::CancelSource source_;
    std::optional<std::stop_callback<std::function<void()>>> linked_; ///< to the caller's own
    std::exception_ptr raised_;
};

/// Cancels all LongCalls and waits until they have ended: before the interpreter does.
void end_long_calls();

} // namespace kizuna_python
