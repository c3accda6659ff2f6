#include "engine/onnxruntime/session.hpp"

#include "base/log.hpp"
#include "base/system.hpp"
#include "engine/onnxruntime/byte_runner.hpp"
#include "engine/onnxruntime/compiled_networks.hpp"
#include "engine/onnxruntime/errors.hpp"
#include "engine/onnxruntime/library.hpp"
#include "engine/onnxruntime/plane_runner.hpp"
#include "engine/onnxruntime/session_options.hpp"

#include "kizuna/error.hpp"

#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace kizuna::ort {

namespace {

/// A network in one of its forms, opened when it is first needed.
template <typename Runner>
class Form {
  public:
    explicit Form(std::function<std::unique_ptr<Runner>()> open)
        : open_(std::move(open)) {}

    Runner& get() {
        const std::lock_guard lock(mutex_);
        if (!runner_) {
            runner_ = open_();
            open_ = nullptr; // and what it was to be made of
        }
        return *runner_;
    }

  private:
    std::mutex mutex_;
    std::function<std::unique_ptr<Runner>()> open_;
    std::unique_ptr<Runner> runner_;
};

class OrtSession final : public Session {
  public:
    OrtSession(
        ProviderKind kind, Precision precision, std::function<std::unique_ptr<PlaneRunner>()> planes,
        std::function<std::unique_ptr<ByteRunner>()> bytes)
        : kind_(kind)
        , precision_(precision)
        , planes_(std::move(planes)) {
        if (bytes) {
            bytes_ = std::make_unique<Form<ByteRunner>>(std::move(bytes));
            bytes_->get(); // most pictures are bytes
        } else {
            planes_.get();
        }
    }

    using Session::run;

    void
    run(const Tensor& in, std::span<const Tensor> given, Tensor& out, const CancelToken& cancel) override {
        planes_.get().run(in, given, out, cancel);
    }

    [[nodiscard]] bool takes_bytes() const override { return bytes_ != nullptr; }

    [[nodiscard]] bool run_bytes(const ByteTile& in, ByteTile& out, const CancelToken& cancel) override {
        return bytes_->get().run(in, out, cancel);
    }

    [[nodiscard]] Precision precision() const override { return precision_; }

    [[nodiscard]] int parallel_runs() const override { return ort::parallel_runs(kind_); }

    [[nodiscard]] bool has_own_memory() const override { return kind_ != ProviderKind::cpu; }

    [[nodiscard]] std::int64_t best_tile_px() const override { return ort::best_tile_px(kind_); }

    [[nodiscard]] std::int64_t tile_step_px() const override { return ort::tile_step_px(kind_); }

    [[nodiscard]] std::uint64_t free_memory_bytes() const override {
        return kind_ == ProviderKind::cpu ? available_memory_bytes() : 0;
    }

  private:
    ProviderKind kind_;
    Precision precision_;
    Form<PlaneRunner> planes_;
    std::unique_ptr<Form<ByteRunner>> bytes_; ///< nullptr where the session takes planes only
};

/// What sessions are made of, in whatever form.
struct Maker {
    ProviderEntry provider;
    int threads;
    SettingsRequest request;
    std::filesystem::path cache_folder;

    [[nodiscard]] Ort::Session make(const std::vector<std::byte>& onnx) const {
        try {
            SettingsRequest own = request;
            own.cache = folder_for_compiled(cache_folder, provider, request, onnx);
            const Ort::SessionOptions options = make_session_options(provider, threads, own);
            return {library().environment, onnx.data(), onnx.size(), options};
        } catch (const Ort::Exception& error) {
            throw open_error(error, provider);
        }
    }
};

/// Memory that cards reach by themselves.
std::optional<Ort::MemoryInfo> pinned_memory(ProviderKind kind, int device) {
    if (kind != ProviderKind::cuda && kind != ProviderKind::tensorrt) {
        return std::nullopt;
    }
    return Ort::MemoryInfo("CudaPinned", OrtDeviceAllocator, device, OrtMemTypeDefault);
}

bool can_be_written(const Network& network, const SessionOptions& options) {
    return network.graph && options.write_onnx;
}

std::vector<std::byte>
planes_of(const Network& network, const SessionOptions& options, OnnxPrecision precision) {
    if (!network.onnx.empty() && precision == OnnxPrecision::float32) {
        return network.onnx; // untouched
    }
    if (!can_be_written(network, options)) {
        throw Error(ErrorCode::internal, "ONNX Runtime was asked to open a network that is not ONNX");
    }
    return options.write_onnx(*network.graph, {precision, OnnxPicture::planes});
}

std::unique_ptr<Session> open_in(
    OnnxPrecision precision, const Network& network, const ProviderEntry& provider,
    const SessionOptions& options) {
    const bool half = precision == OnnxPrecision::float16;
    const Precision computed_in = half ? Precision::fp16 : Precision::fp32;
    const SettingsRequest request{
        .device = options.device, .half = half, .exact = options.precision == Precision::fp32, .cache = {}};
    const Maker maker{provider, options.threads, request, options.cache_folder};
    const std::size_t givens = network.graph ? given_nodes(*network.graph).size() : 0;
    auto open_planes = [maker, givens, onnx = planes_of(network, options, precision)] {
        return std::make_unique<PlaneRunner>(maker.make(onnx), givens);
    };
    if (!prefers_bytes(provider.kind) || !can_be_written(network, options) || givens > 0) {
        return std::make_unique<OrtSession>(provider.kind, computed_in, std::move(open_planes), nullptr);
    }
    auto open_bytes = [maker, onnx = options.write_onnx(*network.graph, {precision, OnnxPicture::bytes})] {
        return std::make_unique<ByteRunner>(
            maker.make(onnx), pinned_memory(maker.provider.kind, maker.request.device));
    };
    return std::make_unique<OrtSession>(
        provider.kind, computed_in, std::move(open_planes), std::move(open_bytes));
}

// Not every card has float16, nor has it room for every network's weights.
std::unique_ptr<Session> open_in_half_if_possible(
    const Network& network, const ProviderEntry& provider, const SessionOptions& options) {
    try {
        return open_in(OnnxPrecision::float16, network, provider, options);
    } catch (const Error& error) {
        auto session = open_in(OnnxPrecision::float32, network, provider, options);
        log(LogLevel::info, fmt::format("{} goes on in fp32, not in fp16: {}", provider.name, error.what()));
        return session;
    }
}

void check_precision(const Network& network, const ProviderEntry& provider, const SessionOptions& options) {
    if (options.precision == Precision::bf16) {
        throw Error(
            ErrorCode::unsupported,
            fmt::format("{} cannot compute in bf16; use fp16 or fp32, or the provider cpu", provider.name));
    }
    if (options.precision == Precision::fp16 && !can_be_written(network, options)) {
        throw Error(
            ErrorCode::unsupported, fmt::format(
                                        "the network {} cannot be put into fp16, because not all of its "
                                        "operators are known; use fp32",
                                        network.spec.name));
    }
}

} // namespace

std::unique_ptr<Session>
open_session(const Network& network, const ProviderEntry& provider, const SessionOptions& options) {
    check_precision(network, provider, options);
    if (options.precision == Precision::fp16) {
        return open_in(OnnxPrecision::float16, network, provider, options);
    }
    if (options.precision == Precision::automatic && prefers_half(provider.kind) &&
        can_be_written(network, options)) {
        return open_in_half_if_possible(network, provider, options);
    }
    return open_in(OnnxPrecision::float32, network, provider, options);
}

} // namespace kizuna::ort
