#pragma once

#include <pybind11/pybind11.h>
#include <unistd.h>
#include <utility>

// Letting other Python threads run while the library works, and getting back to Python.
namespace kizuna_python {

/// Takes the GIL back. When the interpreter is ending, Python ends the threads that ask for it by unwinding
/// their stacks, which C++ frames do not survive: such a thread stays here until the process has ended.
inline void retake_gil(PyThreadState* state) noexcept {
    try {
        PyEval_RestoreThread(state);
    } catch (...) {
        for (;;) {
            ::pause();
        }
    }
}

/// The GIL is released while this lives. Nothing of Python may be touched meanwhile, but within
/// call_python().
class ReleasedGil {
  public:
    ReleasedGil()
        : state_(PyEval_SaveThread()) {}

    ReleasedGil(const ReleasedGil&) = delete;
    ReleasedGil& operator=(const ReleasedGil&) = delete;

    ~ReleasedGil() { retake_gil(state_); }

    /// Calls `function` with the GIL, on the thread that released it. It must not throw.
    template <typename Function>
    void call_python(const Function& function) {
        retake_gil(state_);
        function();
        state_ = PyEval_SaveThread();
    }

  private:
    PyThreadState* state_;
};

template <typename Work>
auto without_gil(Work&& work) {
    const ReleasedGil released;
    return std::forward<Work>(work)();
}

} // namespace kizuna_python
