#include "errors.hpp"

#include <unistd.h>

namespace py = pybind11;

namespace kizuna_python {

namespace {

PyObject* cancelled = nullptr; ///< kizuna.Cancelled; lives as long as the process

PyObject* type_of(kizuna::ErrorCode code) {
    using kizuna::ErrorCode;
    switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::corrupt:
    case ErrorCode::unsupported:
    case ErrorCode::limit_exceeded:
        return PyExc_ValueError;
    case ErrorCode::not_found:
        return PyExc_FileNotFoundError;
    case ErrorCode::already_exists:
        return PyExc_FileExistsError;
    case ErrorCode::io:
        return PyExc_OSError;
    case ErrorCode::out_of_memory:
        return PyExc_MemoryError;
    case ErrorCode::cancelled:
        return cancelled;
    case ErrorCode::device_unavailable:
    case ErrorCode::engine_failed:
    case ErrorCode::bad_network:
    case ErrorCode::internal:
        break;
    }
    return PyExc_RuntimeError;
}

void translate(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const kizuna::Error& error) {
        const py::object exception = exception_of(error);
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
    }
}

} // namespace

py::str text(std::string_view utf8) {
    auto* decoded =
        PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "surrogateescape");
    if (decoded == nullptr) {
        throw py::error_already_set();
    }
    return py::reinterpret_steal<py::str>(decoded);
}

py::object exception_of(const kizuna::Error& error) {
    const auto type = py::reinterpret_borrow<py::object>(type_of(error.code()));
    py::object exception = type(text(error.what()));
    exception.attr("code") = text(kizuna::to_string(error.code()));
    return exception;
}

void bind_errors(py::module_& module) {
    cancelled = PyErr_NewExceptionWithDoc(
        "kizuna.Cancelled", "What was to be done was cancelled before it was complete.", nullptr, nullptr);
    module.attr("Cancelled") = py::reinterpret_borrow<py::object>(cancelled);
    py::register_exception_translator(&translate);
}

Owner::Owner()
    : process_(::getpid()) {}

bool Owner::is_this_process() const noexcept {
    return process_ == ::getpid();
}

void Owner::check(const char* what) const {
    if (!is_this_process()) {
        throw std::runtime_error(
            std::string(what) + " cannot be used in a child made by fork: make a new one there, or start "
                                "processes by spawning");
    }
}

} // namespace kizuna_python
