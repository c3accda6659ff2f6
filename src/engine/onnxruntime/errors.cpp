#include "engine/onnxruntime/errors.hpp"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    });
}

std::string_view after_last(std::string_view text, std::string_view mark) {
    const std::size_t found = text.rfind(mark);
    return found == std::string_view::npos ? text : text.substr(found + mark.size());
}

// Long messages go on with stack traces or shapes of everything; the first sentences say what is wrong.
constexpr std::size_t max_message_length = 400;

// An operator, operator set or type that this release does not have.
bool is_unsupported(const Ort::Exception& error) {
    return error.GetOrtErrorCode() == ORT_NOT_IMPLEMENTED ||
           contains_any(
               error.what(),
               {"is not a registered function/op", "No Op registered for", "No opset import for domain",
                "under development and support for this is limited", "Unsupported model IR version",
                "Could not find an implementation for", "Type Error: Type"});
}

bool is_bad_model(const Ort::Exception& error) {
    const OrtErrorCode code = error.GetOrtErrorCode();
    return code == ORT_INVALID_PROTOBUF || code == ORT_INVALID_GRAPH || code == ORT_NO_MODEL ||
           code == ORT_INVALID_ARGUMENT;
}

} // namespace

std::string clean_message(std::string_view message) {
    message = message.substr(0, message.find("\nStacktrace"));
    message = after_last(message, "[ONNXRuntimeError] : ");
    message = after_last(message, " was false. "); // "FILE:LINE FUNCTION CONDITION was false. WORDS"
    std::string text(message);
    static const std::regex status(R"(^:? ?\d+ : [A-Z_]+ : )"); // "1 : FAIL : WORDS"
    text = std::regex_replace(text, status, "");
    static const std::regex position(R"(^\S+\.(cc|h|cpp|cu|cuh):\d+ [^(]*\([^)]*\)( const)?:? )");
    text = std::regex_replace(text, position, "");
    static const std::regex white(R"([\s\x00-\x1F]+)");
    text = std::regex_replace(text, white, " ");
    const std::size_t begin = text.find_first_not_of(' ');
    const std::size_t end = text.find_last_not_of(" .");
    text =
        begin == std::string::npos || end < begin ? "no reason given" : text.substr(begin, end - begin + 1);
    return text.size() <= max_message_length ? text : text.substr(0, max_message_length) + " …";
}

bool is_out_of_memory(std::string_view message) {
    return contains_any(
        message, {"bad_alloc", "Failed to allocate memory", "out of memory", "Out of memory", "OUT_OF_MEMORY",
                  "is smaller than requested bytes", "not enough memory", "OutOfMemory",
                  "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"});
}

Error provider_error(const Ort::Exception& error, const ProviderEntry& provider) {
    return {
        ErrorCode::device_unavailable,
        fmt::format("{} cannot be used here: {}", provider.name, clean_message(error.what()))};
}

Error open_error(const Ort::Exception& error, const ProviderEntry& provider) {
    const std::string words = clean_message(error.what());
    if (is_out_of_memory(error.what())) {
        return {ErrorCode::out_of_memory, fmt::format("not enough memory to open the network: {}", words)};
    }
    if (is_unsupported(error)) {
        return {ErrorCode::unsupported, fmt::format("ONNX Runtime cannot run this network: {}", words)};
    }
    if (is_bad_model(error) || provider.kind == ProviderKind::cpu) {
        return {ErrorCode::bad_network, fmt::format("ONNX Runtime does not take this network: {}", words)};
    }
    return provider_error(error, provider);
}

Error run_error(const Ort::Exception& error) {
    const std::string words = clean_message(error.what());
    return is_out_of_memory(error.what())
               ? Error{ErrorCode::out_of_memory, fmt::format("the engine ran out of memory: {}", words)}
               : Error{ErrorCode::engine_failed, fmt::format("ONNX Runtime failed: {}", words)};
}

} // namespace kizuna::ort
