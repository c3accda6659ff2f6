#include "engine/onnxruntime/session.hpp"

#include "base/cancel.hpp"
#include "base/half.hpp"
#include "base/system.hpp"
#include "engine/onnxruntime/errors.hpp"
#include "engine/onnxruntime/library.hpp"
#include "engine/onnxruntime/session_options.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <stop_token>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

constexpr std::size_t rank = 4; // batch, channels, height, width

/// An input or output of the network.
struct Port {
    std::string name;
    bool is_half = false;
    std::vector<std::int64_t> dimensions; // -1 where free
};

Port make_port(Ort::AllocatedStringPtr name, const Ort::TypeInfo& type, const char* role) {
    if (type.GetONNXType() != ONNX_TYPE_TENSOR) {
        throw Error(
            ErrorCode::bad_network, fmt::format("the network's {} '{}' is no tensor", role, name.get()));
    }
    const auto info = type.GetTensorTypeAndShapeInfo();
    const ONNXTensorElementDataType element = info.GetElementType();
    if (element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT && element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the network's {} '{}' is neither float32 nor float16", role, name.get()));
    }
    return {name.get(), element == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, info.GetShape()};
}

class OrtSession final : public Session {
  public:
    /// `givens`: of the network's inputs, how many there are beside the picture.
    OrtSession(Ort::Session session, bool on_cpu, std::size_t givens)
        : session_(std::move(session))
        , on_cpu_(on_cpu)
        , input_(find_input(session_, givens))
        , output_(find_output(session_))
        , memory_(Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault)) {
        const Ort::AllocatorWithDefaultOptions allocator;
        for (std::size_t i = 1; i <= givens; ++i) {
            given_names_.emplace_back(session_.GetInputNameAllocated(i, allocator).get());
        }
    }

    using Session::run;
    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) override;

    [[nodiscard]] std::uint64_t free_memory_bytes() const override {
        return on_cpu_ ? available_memory_bytes() : 0;
    }

  private:
    static Port find_input(const Ort::Session& session, std::size_t givens);
    static Port find_output(const Ort::Session& session);

    /// A tensor that has its numbers in `data`.
    [[nodiscard]] Ort::Value wrap(std::span<const float> data, const Shape& shape) const;
    Ort::Value run_batch(
        std::span<const float> data, const Shape& shape, std::vector<Ort::Value> given,
        const CancelToken& cancel);
    Ort::Value run_tensors(std::vector<Ort::Value> tensors, const CancelToken& cancel);
    void append(const Ort::Value& result, Tensor& out) const;

    Ort::Session session_;
    bool on_cpu_;
    Port input_;
    Port output_;
    Ort::MemoryInfo memory_;
    std::vector<std::string> given_names_;
};

Port OrtSession::find_input(const Ort::Session& session, std::size_t givens) {
    if (session.GetInputCount() != 1 + givens) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("the network has {} inputs; it must have one, the picture", session.GetInputCount()));
    }
    const Ort::AllocatorWithDefaultOptions allocator;
    Port port = make_port(session.GetInputNameAllocated(0, allocator), session.GetInputTypeInfo(0), "input");
    if (port.dimensions.size() != rank) {
        throw Error(
            ErrorCode::bad_network,
            fmt::format(
                "the network's input '{}' has {} dimensions; a picture has 4: batch, channels, height, width",
                port.name, port.dimensions.size()));
    }
    return port;
}

// Networks with further outputs, for training, give the picture first.
Port OrtSession::find_output(const Ort::Session& session) {
    if (session.GetOutputCount() == 0) {
        throw Error(ErrorCode::bad_network, "the network has no output");
    }
    const Ort::AllocatorWithDefaultOptions allocator;
    return make_port(session.GetOutputNameAllocated(0, allocator), session.GetOutputTypeInfo(0), "output");
}

void OrtSession::run(
    const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) {
    const std::size_t count = element_count(in.shape);
    if (count == 0 || count != in.data.size()) {
        throw Error(
            ErrorCode::internal,
            fmt::format("a tensor of {} values was said to be {}", in.data.size(), to_string(in.shape)));
    }
    // Exported for one picture at a time, as many networks are: so that callers need not know.
    const bool one_by_one = in.shape.n > 1 && input_.dimensions[0] == 1;
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

std::array<std::int64_t, rank> sides_of(const Shape& shape) {
    return {shape.n, shape.c, shape.h, shape.w};
}

Ort::Value OrtSession::wrap(std::span<const float> data, const Shape& shape) const {
    const auto sides = sides_of(shape);
    // ONNX Runtime does not write to inputs; its signature takes no const.
    auto* values = const_cast<float*>(data.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    return Ort::Value::CreateTensor<float>(memory_, values, data.size(), sides.data(), rank);
}

Ort::Value OrtSession::run_batch(
    std::span<const float> data, const Shape& shape, std::vector<Ort::Value> given,
    const CancelToken& cancel) {
    if (!input_.is_half) {
        given.insert(given.begin(), wrap(data, shape));
        return run_tensors(std::move(given), cancel);
    }
    const auto sides = sides_of(shape);
    std::vector<Ort::Float16_t> halves(data.size());
    std::transform(data.begin(), data.end(), halves.begin(), [](float value) {
        return Ort::Float16_t::FromBits(to_half(value));
    });
    given.insert(
        given.begin(),
        Ort::Value::CreateTensor<Ort::Float16_t>(memory_, halves.data(), halves.size(), sides.data(), rank));
    return run_tensors(std::move(given), cancel);
}

/// The picture, then what is given.
Ort::Value OrtSession::run_tensors(std::vector<Ort::Value> tensors, const CancelToken& cancel) {
    throw_if_cancelled(cancel);
    Ort::RunOptions options;
    // Looked at between operators: a single convolution is finished first.
    const std::stop_callback terminate(cancel, [&options] { options.SetTerminate(); });
    std::vector<const char*> inputs{input_.name.c_str()};
    for (const std::string& name : given_names_) {
        inputs.push_back(name.c_str());
    }
    const char* output = output_.name.c_str();
    try {
        return std::move(
            session_.Run(options, inputs.data(), tensors.data(), tensors.size(), &output, 1).front());
    } catch (const Ort::Exception& error) {
        throw_if_cancelled(cancel);
        throw run_error(error);
    }
}

// Puts the result behind what is in `out`, along the batch.
void OrtSession::append(const Ort::Value& result, Tensor& out) const {
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
    if (output_.is_half) {
        const auto* halves = result.GetTensorData<Ort::Float16_t>();
        std::transform(halves, halves + count, into, [](Ort::Float16_t half) { return from_half(half.val); });
    } else {
        std::copy_n(result.GetTensorData<float>(), count, into);
    }
}

} // namespace

std::unique_ptr<Session>
open_session(const Network& network, const ProviderEntry& provider, const SessionOptions& options) {
    if (network.onnx.empty()) {
        throw Error(ErrorCode::internal, "ONNX Runtime was asked to open a network that is not ONNX");
    }
    try {
        const Ort::SessionOptions session = make_session_options(provider, options);
        return std::make_unique<OrtSession>(
            Ort::Session(library().environment, network.onnx.data(), network.onnx.size(), session),
            provider.kind == ProviderKind::cpu, network.graph ? given_nodes(*network.graph).size() : 0);
    } catch (const Ort::Exception& error) {
        throw open_error(error, provider);
    }
}

} // namespace kizuna::ort
