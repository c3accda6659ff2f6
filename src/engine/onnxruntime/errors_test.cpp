#include "engine/onnxruntime/errors.hpp"

#include <gtest/gtest.h>

namespace kizuna::ort {

namespace {

const ProviderEntry& cuda() {
    return find_provider("cuda");
}

const ProviderEntry& cpu() {
    return find_provider("ort-cpu");
}

// Messages as releases 1.21 to 1.30 give them.
constexpr const char* missing_library =
    "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1778 onnxruntime::Provider& "
    "onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library "
    "libonnxruntime_providers_cuda.so with error: libcudart.so.13: cannot open shared object file: No such "
    "file or "
    "directory\n";
constexpr const char* no_adapter = "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 "
                                   "onnxruntime::webgpu::WebGpuContext::Initialize(const "
                                   "onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> "
                                   "adapter_result.status == wgpu::RequestAdapterStatus::Success was false. "
                                   "Failed to get a WebGPU adapter: No "
                                   "supported adapters\n";
constexpr const char* full_arena =
    "Non-zero status code returned while running Conv node. Name:'conv' Status Message: "
    "/onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:376 void* "
    "onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory for requested buffer "
    "of size "
    "4294967296\n";

TEST(OnnxRuntimeErrors, LoseSourcePositionsAndFunctions) {
    EXPECT_EQ(
        clean_message(missing_library),
        "Failed to load library libonnxruntime_providers_cuda.so with error: "
        "libcudart.so.13: cannot open shared object file: No such file or directory");
    EXPECT_EQ(clean_message(no_adapter), "Failed to get a WebGPU adapter: No supported adapters");
}

TEST(OnnxRuntimeErrors, BecomeOneLineOfBoundedLength) {
    EXPECT_EQ(clean_message("one\n\n  two\tthree. "), "one two three");
    EXPECT_EQ(clean_message(" \n"), "no reason given");
    EXPECT_EQ(clean_message("words\nStacktrace:\n#0 main"), "words");
    EXPECT_LT(clean_message(std::string(100000, 'x')).size(), 500U);
}

TEST(OnnxRuntimeErrors, AreOutOfMemoryWhereMemoryIsMeant) {
    for (const char* text :
         {full_arena, "std::bad_alloc", "CUDA failure 2: out of memory ; GPU=0",
          "Available memory of 100 is smaller than requested bytes of 200", "VK_ERROR_OUT_OF_DEVICE_MEMORY",
          "887A0005 E_OUTOFMEMORY Not enough memory resources are available to complete this operation."}) {
        EXPECT_EQ(run_error({text, ORT_FAIL}).code(), ErrorCode::out_of_memory) << text;
    }
    EXPECT_EQ(run_error({"CUDNN_STATUS_EXECUTION_FAILED", ORT_FAIL}).code(), ErrorCode::engine_failed);
}

TEST(OnnxRuntimeErrors, BlameTheNetworkOrTheDeviceForAFailedOpening) {
    const auto code = [](const char* text, OrtErrorCode ort_code, const ProviderEntry& provider) {
        return open_error({text, ort_code}, provider).code();
    };
    EXPECT_EQ(
        code("Fatal error: com.x:Foo(-1) is not a registered function/op", ORT_FAIL, cpu()),
        ErrorCode::unsupported);
    EXPECT_EQ(
        code("Could not find an implementation for Foo(1)", ORT_NOT_IMPLEMENTED, cuda()),
        ErrorCode::unsupported);
    EXPECT_EQ(code("Failed to load model", ORT_INVALID_PROTOBUF, cuda()), ErrorCode::bad_network);
    EXPECT_EQ(
        code("CUDA failure 100: no CUDA-capable device is detected", ORT_FAIL, cuda()),
        ErrorCode::device_unavailable);
    EXPECT_EQ(code(full_arena, ORT_FAIL, cuda()), ErrorCode::out_of_memory);
    EXPECT_EQ(provider_error({missing_library, ORT_FAIL}, cuda()).code(), ErrorCode::device_unavailable);
}

} // namespace

} // namespace kizuna::ort
