#pragma once

// ONNX Runtime's API, never linked: library.hpp opens the shared library and fills in the table of functions.
#define ORT_API_MANUAL_INIT // NOLINT(cppcoreguidelines-macro-usage): how its header is told so
#include <onnxruntime_cxx_api.h>
