#include "engine/onnxruntime/plane_runner.hpp"

#include "base/half.hpp"

#include "kizuna/error.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

constexpr std::size_t rank = 4; // batch, channels, height, width

bool is_half(const Port& port) {
    return port.element == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
}

void check_element(const Port& port, const char* role) {
    if (port.element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT && !is_half(port)) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the network's {} '{}' is neither float32 nor float16", role, port.name));
    }
}

std::vector<Port> find_inputs(const Ort::Session& session, std::size_t givens) {
    if (session.GetInputCount() != 1 + givens) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the network has {} inputs; it must have one, the picture", session.GetInputCount()));
    }
    std::vector<Port> ports;
    for (std::size_t i = 0; i <= givens; ++i) {
        ports.push_back(input_port(session, i));
    }
    const Port& picture = ports.front();
    check_element(picture, "input");
    if (picture.dimensions.size() != rank) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the network's input '{}' has {} dimensions; a picture has 4: batch, channels, height, width",
                picture.name, picture.dimensions.size()));
    }
    return ports;
}

// Networks with further outputs, for training, give the picture first.
Port find_output(const Ort::Session& session) {
    Port port = output_port(session, 0);
    check_element(port, "output");
    return port;
}

std::array<std::int64_t, rank> sides_of(const Shape& shape) {
    return {shape.n, shape.c, shape.h, shape.w};
}

} // namespace

PlaneRunner::PlaneRunner(Ort::Session session, std::size_t givens)
    : session_(std::move(session))
    , inputs_(find_inputs(session_, givens))
    , output_{find_output(session_)}
    , memory_(Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault)) {}

void PlaneRunner::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) {
    const std::size_t count = element_count(in.shape);
    if (count == 0 || count != in.data.size()) {
        throw Error(
            ErrorCode::internal,
            fmt::format("a tensor of {} values was said to be {}", in.data.size(), to_string(in.shape)));
    }
    // Exported for one picture at a time, as many networks are: so that callers need not know.
    const bool one_by_one = in.shape.n > 1 && inputs_[0].dimensions[0] == 1;
    Shape part = in.shape;
    part.n = one_by_one ? 1 : in.shape.n;
    const std::size_t part_size = element_count(part);
    out.shape = {};
    out.shape.n = 0;
    try {
        for (std::size_t begin = 0; begin < count; begin += part_size) {
            std::vector<Ort::Value> others;
            for (const Tensor& value : given) {
                Shape shape = value.shape;
                shape.n = part.n;
                const std::size_t size = element_count(shape);
                others.push_back(wrap(std::span(value.data).subspan(begin / part_size * size, size), shape));
            }
            append(
                run_batch(std::span(in.data).subspan(begin, part_size), part, std::move(others), cancel),
                out);
        }
    } catch (const std::bad_alloc&) {
        throw Error(ErrorCode::out_of_memory, "there is not enough memory for a tile");
    }
}

Ort::Value PlaneRunner::wrap(std::span<const float> data, const Shape& shape) const {
    const auto sides = sides_of(shape);
    // ONNX Runtime does not write to inputs; its signature takes no const.
    auto* values = const_cast<float*>(data.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    return Ort::Value::CreateTensor<float>(memory_, values, data.size(), sides.data(), rank);
}

Ort::Value PlaneRunner::run_batch(
    std::span<const float> data, const Shape& shape, std::vector<Ort::Value> given,
    const CancelToken& cancel) {
    if (!is_half(inputs_[0])) {
        given.insert(given.begin(), wrap(data, shape));
        return run_tensors(given, cancel);
    }
    const auto sides = sides_of(shape);
    std::vector<Ort::Float16_t> halves(data.size());
    std::transform(data.begin(), data.end(), halves.begin(), [](float value) {
        return Ort::Float16_t::FromBits(to_half(value));
    });
    given.insert(
        given.begin(),
        Ort::Value::CreateTensor<Ort::Float16_t>(memory_, halves.data(), halves.size(), sides.data(), rank));
    return run_tensors(given, cancel);
}

Ort::Value PlaneRunner::run_tensors(const std::vector<Ort::Value>& tensors, const CancelToken& cancel) {
    std::vector<Ort::Value> results;
    results.emplace_back(nullptr);
    invoke(session_, inputs_, tensors, output_, results, cancel);
    return std::move(results.front());
}

// Puts the result behind what is in `out`, along the batch.
void PlaneRunner::append(const Ort::Value& result, Tensor& out) const {
    const auto info = result.GetTensorTypeAndShapeInfo();
    const std::vector<std::int64_t> sides = info.GetShape();
    if (sides.size() != rank) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format("the network gave {} dimensions; a picture has 4", sides.size()));
    }
    const Shape shape{sides[0], sides[1], sides[2], sides[3]};
    const std::size_t begin = out.shape.n == 0 ? 0 : element_count(out.shape);
    const std::size_t count = info.GetElementCount();
    out.data.resize(begin + count);
    const std::int64_t batches = out.shape.n + shape.n;
    out.shape = shape;
    out.shape.n = batches;
    float* const into = out.data.data() + begin;
    if (is_half(output_[0])) {
        const auto* halves = result.GetTensorData<Ort::Float16_t>();
        std::transform(halves, halves + count, into, [](Ort::Float16_t half) { return from_half(half.val); });
    } else {
        std::copy_n(result.GetTensorData<float>(), count, into);
    }
}

} // namespace kizuna::ort
