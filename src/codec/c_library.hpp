#pragma once

#include "kizuna/error.hpp"

#include <csetjmp>
#include <exception>
#include <string>
#include <utility>

// How errors come out of C libraries whose error handler may not return (libpng, libjpeg). Throwing through
// their frames would need them built with unwind tables, which we cannot know, so their own way is taken:
// longjmp.
namespace kizuna::codec {

/// The way back from a library's error handler. The handler calls `keep` and then `jump`; frames that are
/// jumped over must own nothing that has a destructor: library frames and callbacks that hold plain values.
class WayBack {
  public:
    /// Runs `call` and throws what was kept if the library jumped out of it.
    template <typename Call>
    void run(const Call& call) {
        if (setjmp(place_) != 0) {
            std::rethrow_exception(std::exchange(cause_, nullptr));
        }
        call();
    }

    /// Keeps the exception that is being handled: for the catch blocks of callbacks.
    void keep_current() noexcept { cause_ = std::current_exception(); }

    /// Keeps an Error, unless a callback has kept the reason already.
    void keep(ErrorCode code, const char* message) noexcept {
        if (!cause_) {
            try {
                throw Error(code, message);
            } catch (...) {
                keep_current();
            }
        }
    }

    [[noreturn]] void jump() noexcept { std::longjmp(place_, 1); }

  private:
    std::jmp_buf place_{};
    std::exception_ptr cause_;
};

} // namespace kizuna::codec
