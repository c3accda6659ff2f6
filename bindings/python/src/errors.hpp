#pragma once

#include <kizuna/error.hpp>
#include <pybind11/pybind11.h>
#include <string>

namespace kizuna_python {

/// Text of the library, which may name files whose names are no UTF-8.
pybind11::str text(std::string_view utf8);

/// The exception that Python raises for an error of the library. `code` is one of its attributes.
pybind11::object exception_of(const kizuna::Error& error);

/// Defines `Cancelled`, and lets errors of the library arrive as exceptions.
void bind_errors(pybind11::module_& module);

/// Objects belong to the process that made them: a child made by fork has none of their threads.
class Owner {
  public:
    Owner();
    [[nodiscard]] bool is_this_process() const noexcept;
    /// Raises RuntimeError in another process.
    void check(const char* what) const;

  private:
    int process_;
};

} // namespace kizuna_python
