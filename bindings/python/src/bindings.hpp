#pragma once

#include <pybind11/pybind11.h>

// What each source file adds to the module `_kizuna`, on which the package `kizuna` stands. Its classes are
// those of the library; what is pleasant in Python is made in Python. Methods are bound as functions that
// take a reference: pybind11 calls a member function on None without asking.
namespace kizuna_python {

void bind_settings(pybind11::module_& module);
void bind_models(pybind11::module_& module);
void bind_devices(pybind11::module_& module);
void bind_files(pybind11::module_& module);
void bind_upscaler(pybind11::module_& module);
void bind_jobs(pybind11::module_& module);
void bind_log(pybind11::module_& module);

} // namespace kizuna_python
