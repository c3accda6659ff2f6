# Finds the headers of ONNX Runtime, 1.21 or newer, and defines OnnxRuntime::Headers. The library is never linked: it is
# opened at run time. Looks at an installed CMake package (Debian 13, vcpkg, conda), then at the folder of an official
# release named by ONNXRUNTIME_ROOT, a CMake variable or an environment variable.
find_package(onnxruntime CONFIG QUIET)
if(TARGET onnxruntime::onnxruntime)
  get_target_property(_ort_folders onnxruntime::onnxruntime INTERFACE_INCLUDE_DIRECTORIES)
endif()
find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_cxx_api.h
  HINTS ${_ort_folders} ${ONNXRUNTIME_ROOT}/include $ENV{ONNXRUNTIME_ROOT}/include
  PATH_SUFFIXES onnxruntime onnxruntime/core/session)
mark_as_advanced(ONNXRUNTIME_INCLUDE_DIR)

# The release is not in the headers; the version of the API is, and equals the release's second number.
if(ONNXRUNTIME_INCLUDE_DIR)
  file(STRINGS ${ONNXRUNTIME_INCLUDE_DIR}/onnxruntime_c_api.h _ort_line REGEX "#define ORT_API_VERSION [0-9]+")
  string(REGEX MATCH "[0-9]+" _ort_api "${_ort_line}")
  set(OnnxRuntimeHeaders_VERSION 1.${_ort_api})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxRuntimeHeaders
  REQUIRED_VARS ONNXRUNTIME_INCLUDE_DIR VERSION_VAR OnnxRuntimeHeaders_VERSION)
if(OnnxRuntimeHeaders_FOUND AND NOT TARGET OnnxRuntime::Headers)
  add_library(OnnxRuntime::Headers INTERFACE IMPORTED)
  target_include_directories(OnnxRuntime::Headers SYSTEM INTERFACE ${ONNXRUNTIME_INCLUDE_DIR})
endif()
