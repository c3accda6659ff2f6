#include "engine/onnxruntime/errors.hpp"

#include <algorithm>
#include <initializer_list>

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

// "1 : FAIL : WORDS"
std::string_view without_status(std::string_view text) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(": ")));
    const std::size_t name = text.find(" : ");
    if (name == 0 || name == std::string_view::npos || text.find_first_not_of("0123456789") != name) {
        return text;
    }
    const std::size_t words = text.find(" : ", name + 3);
    return words == std::string_view::npos ? text : text.substr(words + 3);
}

// "FILE.cc:LINE TYPE FUNCTION(TYPES) WORDS"
std::string_view without_position(std::string_view text) {
    const std::string_view first_word = text.substr(0, text.find(' '));
    if (!contains_any(first_word, {".cc:", ".h:", ".cpp:", ".cu:", ".cuh:"})) {
        return text;
    }
    const std::size_t end = text.find(") ");
    return end == std::string_view::npos ? text.substr(first_word.size()) : text.substr(end + 2);
}

std::string in_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool is_white = static_cast<unsigned char>(c) <= ' ';
        if (!is_white) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    line.resize(line.find_last_not_of(" .") + 1);
    return line;
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
    std::string text = in_one_line(without_position(without_status(message)));
    if (text.size() > max_message_length) {
        text = text.substr(0, max_message_length) + " …";
    }
    return text.empty() ? "no reason given" : text;
}

bool is_out_of_memory(std::string_view message) {
    std::string lower(message);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : static_cast<char>(c);
    });
    return contains_any(
        lower, {"bad_alloc", "failed to allocate memory", "out of memory", "out_of_memory", "outofmemory",
                "out_of_device_memory", "out_of_host_memory", "not enough memory",
                "is smaller than requested bytes", "status_alloc_failed"});
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
