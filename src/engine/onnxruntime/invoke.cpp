#include "engine/onnxruntime/invoke.hpp"

#include "base/cancel.hpp"
#include "engine/onnxruntime/errors.hpp"

#include "kizuna/error.hpp"

#include <stop_token>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

Port make_port(Ort::AllocatedStringPtr name, const Ort::TypeInfo& type, const char* role) {
    if (type.GetONNXType() != ONNX_TYPE_TENSOR) {
        throw Error(
            ErrorCode::bad_network, fmt::format("the network's {} '{}' is no tensor", role, name.get()));
    }
    const auto info = type.GetTensorTypeAndShapeInfo();
    return {name.get(), info.GetElementType(), info.GetShape()};
}

std::vector<const char*> names_of(const std::vector<Port>& ports) {
    std::vector<const char*> names;
    names.reserve(ports.size());
    for (const Port& port : ports) {
        names.push_back(port.name.c_str());
    }
    return names;
}

} // namespace

Port input_port(const Ort::Session& session, std::size_t index) {
    const Ort::AllocatorWithDefaultOptions allocator;
    return make_port(
        session.GetInputNameAllocated(index, allocator), session.GetInputTypeInfo(index), "input");
}

Port output_port(const Ort::Session& session, std::size_t index) {
    if (session.GetOutputCount() <= index) {
        throw Error(ErrorCode::bad_network, "the network has no output");
    }
    const Ort::AllocatorWithDefaultOptions allocator;
    return make_port(
        session.GetOutputNameAllocated(index, allocator), session.GetOutputTypeInfo(index), "output");
}

void invoke(
    Ort::Session& session, const std::vector<Port>& inputs, const std::vector<Ort::Value>& given,
    const std::vector<Port>& outputs, std::vector<Ort::Value>& results, const CancelToken& cancel) {
    throw_if_cancelled(cancel);
    Ort::RunOptions options;
    // Looked at between operators: a single convolution is finished first.
    const std::stop_callback terminate(cancel, [&options] { options.SetTerminate(); });
    const std::vector<const char*> input_names = names_of(inputs);
    const std::vector<const char*> output_names = names_of(outputs);
    try {
        session.Run(
            options, input_names.data(), given.data(), given.size(), output_names.data(), results.data(),
            results.size());
    } catch (const Ort::Exception& error) {
        throw_if_cancelled(cancel);
        throw run_error(error);
    }
}

} // namespace kizuna::ort
