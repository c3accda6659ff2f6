#include "engine/cpu/onednn_convolution.hpp"

#include "base/log.hpp"
#include "engine/cpu/epilogue.hpp"
#include "engine/cpu/onednn.hpp"
#include "engine/cpu/rows.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace kizuna::cpu {

namespace {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;

constexpr auto channels_last = dnnl::memory::format_tag::nhwc;

dnnl::memory::data_type type_of(Element element) {
    return element == Element::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

/// Some rows of a picture as oneDNN sees them: a small picture with zero padding where rows are missing.
struct Window {
    std::int64_t in_width = 0;
    std::int64_t out_width = 0;
    std::int64_t in_rows = 0;
    std::int64_t out_rows = 0;
    std::int64_t pad_top = 0;
    std::int64_t pad_bottom = 0;

    friend bool operator==(const Window&, const Window&) = default;
};

/// A primitive made for one kind of window.
struct Prepared {
    Window window;
    dnnl::convolution_forward::primitive_desc description;
    dnnl::convolution_forward primitive;
    dnnl::memory weights;
};

constexpr std::size_t page = 64; // memory for oneDNN begins at cache lines

std::size_t rounded(std::size_t bytes) {
    return (bytes + page - 1) / page * page;
}

class OnednnConvolution final : public Convolution {
  public:
    explicit OnednnConvolution(const ConvolutionWork& work);

    [[nodiscard]] std::string name() const override { return name_; }

    void run_rows(
        const View& in, const View* residual, const View& out, Rows rows, Scratch& scratch) const override;

  private:
    /// What one call works on.
    struct Call {
        const View& in;
        const View* residual;
        const View& out;
    };

    [[nodiscard]] Rows input_rows(Rows rows, std::int64_t height) const;
    [[nodiscard]] Window window_of(const Call& call, Rows rows, Rows in_rows) const;
    [[nodiscard]] bool multiplies_into(const View& out) const;
    [[nodiscard]] std::int64_t rows_at_once(const View& out, std::int64_t rows) const;
    void run_window(const Call& call, Rows rows, Scratch& scratch) const;

    [[nodiscard]] Dims weight_dims() const;
    [[nodiscard]] dnnl::convolution_forward::primitive_desc describe(const Window& window) const;
    [[nodiscard]] std::shared_ptr<const Prepared> prepared(const Window& window) const;
    [[nodiscard]] dnnl::memory weights_as(const Desc& wanted) const;

    Conv2d op_;
    Element multiply_;
    Element sums_; // what oneDNN writes: float32 unless it can write what is wanted in the end
    std::optional<float> fused_slope_;
    bool has_epilogue_;
    Epilogue epilogue_;
    std::string name_;

    mutable std::mutex mutex_;
    mutable std::list<std::shared_ptr<const Prepared>> prepared_; // last used first
    mutable std::vector<dnnl::memory> weights_;                   // in each layout that was wanted
};

std::vector<float> unfused(const std::vector<float>& slope) {
    return slope.size() == 1 ? std::vector<float>() : slope;
}

// Rounding to bf16 before a PReLU by channel costs nothing but a second rounding of negative numbers; before
// a residual it would lose what the residual has.
OnednnConvolution::OnednnConvolution(const ConvolutionWork& work)
    : op_(work.op)
    , multiply_(work.in)
    , sums_(work.adds_residual || work.in == Element::f32 ? Element::f32 : work.out)
    , fused_slope_(work.slope.size() == 1 ? std::optional(work.slope[0]) : std::nullopt)
    , has_epilogue_(work.adds_residual || work.slope.size() > 1)
    , epilogue_(unfused(work.slope)) {
    if (op_.bias.empty()) {
        op_.bias.resize(static_cast<std::size_t>(op_.weight.shape.n));
    }
    // Rows of 64 pixels in the middle of a picture: enough for oneDNN to show what it takes.
    constexpr std::int64_t sample = 64;
    Window window;
    window.out_width = sample;
    window.out_rows = band_step;
    window.in_rows = ((band_step - 1) * op_.stride[0]) + ((op_.weight.shape.h - 1) * op_.dilation[0]) + 1;
    window.in_width = ((sample - 1) * op_.stride[1]) + ((op_.weight.shape.w - 1) * op_.dilation[1]) + 1 -
                      op_.padding.left - op_.padding.right;
    name_ = fmt::format("oneDNN {}", describe(window).impl_info_str());
}

Rows OnednnConvolution::input_rows(Rows rows, std::int64_t height) const {
    const std::int64_t first = (rows.begin * op_.stride[0]) - op_.padding.top;
    const std::int64_t last =
        ((rows.end - 1) * op_.stride[0]) - op_.padding.top + ((op_.weight.shape.h - 1) * op_.dilation[0]);
    return {std::clamp<std::int64_t>(first, 0, height), std::clamp<std::int64_t>(last + 1, 0, height)};
}

Window OnednnConvolution::window_of(const Call& call, Rows rows, Rows in_rows) const {
    const std::int64_t first = (rows.begin * op_.stride[0]) - op_.padding.top;
    const std::int64_t needed =
        ((rows.count() - 1) * op_.stride[0]) + ((op_.weight.shape.h - 1) * op_.dilation[0]) + 1;
    const std::int64_t pad_top = in_rows.begin - first;
    return {call.in.width, call.out.width, in_rows.count(),
            rows.count(),  pad_top,        needed - in_rows.count() - pad_top};
}

Dims OnednnConvolution::weight_dims() const {
    const Shape& shape = op_.weight.shape;
    return op_.groups == 1 ? Dims{shape.n, shape.c, shape.h, shape.w}
                           : Dims{op_.groups, shape.n / op_.groups, shape.c, shape.h, shape.w};
}

dnnl::convolution_forward::primitive_desc OnednnConvolution::describe(const Window& window) const {
    const Shape& shape = op_.weight.shape;
    const std::int64_t in_channels = shape.c * op_.groups;
    const Desc in({1, in_channels, window.in_rows, window.in_width}, type_of(multiply_), channels_last);
    const Desc out({1, shape.n, window.out_rows, window.out_width}, type_of(sums_), channels_last);
    const Desc weights(weight_dims(), type_of(multiply_), dnnl::memory::format_tag::any);
    const Desc bias({shape.n}, type_of(Element::f32), dnnl::memory::format_tag::x);
    const Dims strides{op_.stride[0], op_.stride[1]};
    const Dims dilation{op_.dilation[0] - 1, op_.dilation[1] - 1};
    const Dims before{window.pad_top, op_.padding.left};
    const Dims after{window.pad_bottom, op_.padding.right};
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    constexpr auto kind = dnnl::prop_kind::forward_inference;
    constexpr auto algorithm = dnnl::algorithm::convolution_direct;
    dnnl::post_ops after_sums;
#if DNNL_VERSION_MAJOR >= 3
    if (fused_slope_) {
        after_sums.append_eltwise(dnnl::algorithm::eltwise_relu, *fused_slope_, 0);
    }
    attributes.set_post_ops(after_sums);
    return {processor(), kind,    algorithm, in,     weights, bias,
            out,         strides, dilation,  before, after,   attributes};
#else
    if (fused_slope_) {
        after_sums.append_eltwise(1, dnnl::algorithm::eltwise_relu, *fused_slope_, 0);
    }
    attributes.set_post_ops(after_sums);
    return {
        {kind, algorithm, in, weights, bias, out, strides, dilation, before, after}, attributes, processor()};
#endif
}

// Called with the mutex held.
dnnl::memory OnednnConvolution::weights_as(const Desc& wanted) const {
    const auto found = std::find_if(weights_.begin(), weights_.end(), [&](const dnnl::memory& memory) {
        return memory.get_desc() == wanted;
    });
    if (found != weights_.end()) {
        return *found;
    }
    const bool grouped = op_.groups > 1;
    const Dims dims = weight_dims();
    const Desc plain(
        dims, type_of(Element::f32),
        grouped ? dnnl::memory::format_tag::goihw : dnnl::memory::format_tag::oihw);
    dnnl::memory from(
        plain, processor(),
        const_cast<float*>(
            op_.weight.data.data())); // NOLINT(cppcoreguidelines-pro-type-const-cast): only read
    dnnl::memory to(wanted, processor());
    dnnl::stream stream(processor());
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    weights_.push_back(to);
    return to;
}

// A picture has a window at its top, its bottom, and between; a second size of tiles is common.
constexpr std::size_t kept_windows = 12;

std::shared_ptr<const Prepared> OnednnConvolution::prepared(const Window& window) const {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(
        prepared_.begin(), prepared_.end(), [&](const auto& entry) { return entry->window == window; });
    if (found != prepared_.end()) {
        prepared_.splice(prepared_.begin(), prepared_, found);
        return prepared_.front();
    }
    const auto description = describe(window);
    prepared_.push_front(std::make_shared<const Prepared>(Prepared{
        window, description, dnnl::convolution_forward(description),
        weights_as(description.weights_desc())}));
    if (prepared_.size() > kept_windows) {
        prepared_.pop_back();
    }
    return prepared_.front();
}

bool OnednnConvolution::multiplies_into(const View& out) const {
    return out.element == sums_ && is_dense(out);
}

// What the epilogue touches again should still be in the second-level cache.
std::int64_t OnednnConvolution::rows_at_once(const View& out, std::int64_t rows) const {
    constexpr std::size_t cache_bytes = std::size_t{256} * 1024;
    if (multiplies_into(out) && !has_epilogue_) {
        return rows;
    }
    for (const std::int64_t divisor : {12, 6, 4, 3, 2}) {
        if (static_cast<std::size_t>(divisor) * row_length(out) * bytes_of(sums_) <= cache_bytes) {
            return divisor;
        }
    }
    return 1;
}

// The part of the input as oneDNN wants it: where it lies, or copied.
std::byte* packed_input(const View& in, Rows rows, Element multiply, std::byte* buffer) {
    if (in.element == multiply && is_dense(in)) {
        return in.element == Element::f32 ? reinterpret_cast<std::byte*>(in.row<float>(rows.begin))
                                          : reinterpret_cast<std::byte*>(in.row<std::uint16_t>(rows.begin));
    }
    View packed = in;
    packed.data = buffer;
    packed.element = multiply;
    packed.pixel_stride = in.channels;
    packed.row_stride = in.channels * in.width;
    packed.first_row = rows.begin;
    for (std::int64_t y = rows.begin; y < rows.end; ++y) {
        copy_row(in, y, packed, y);
    }
    return buffer;
}

void OnednnConvolution::run_window(const Call& call, Rows rows, Scratch& scratch) const {
    const Rows in_rows = input_rows(rows, call.in.height);
    const auto ready = prepared(window_of(call, rows, in_rows));
    const std::size_t row_bytes = row_length(call.out) * bytes_of(sums_);
    const std::size_t input_bytes =
        rounded(static_cast<std::size_t>(in_rows.count()) * row_length(call.in) * bytes_of(multiply_));
    const std::size_t sums_bytes = rounded(static_cast<std::size_t>(rows.count()) * row_bytes);
    const std::size_t own_bytes = rounded(ready->description.scratchpad_desc().get_size());
    std::byte* const memory = scratch.bytes(
        input_bytes + sums_bytes + own_bytes + (Epilogue::scratch_floats(call.out) * sizeof(float)));

    View sums = call.out;
    if (!multiplies_into(call.out)) {
        sums.data = memory + input_bytes;
        sums.element = sums_;
        sums.pixel_stride = sums.channels;
        sums.row_stride = sums.channels * sums.width;
        sums.first_row = rows.begin;
    }
    const std::int64_t sums_at = (rows.begin - sums.first_row) * sums.row_stride;
    std::byte* const into = sums.data + (static_cast<std::size_t>(sums_at) * bytes_of(sums_));
    const auto& description = ready->description;
    dnnl::stream stream(processor());
    ready->primitive.execute(
        stream,
        {{DNNL_ARG_SRC,
          {description.src_desc(), processor(), packed_input(call.in, in_rows, multiply_, memory)}},
         {DNNL_ARG_WEIGHTS, ready->weights},
         {DNNL_ARG_BIAS,
          {description.bias_desc(), processor(),
           const_cast<float*>(op_.bias.data())}}, // NOLINT(cppcoreguidelines-pro-type-const-cast): only read
         {DNNL_ARG_DST, {description.dst_desc(), processor(), into}},
         {DNNL_ARG_SCRATCHPAD,
          {description.scratchpad_desc(), processor(), memory + input_bytes + sums_bytes}}});
    stream.wait();
    if (has_epilogue_ || !multiplies_into(call.out)) {
        auto* const room = reinterpret_cast<float*>(memory + input_bytes + sums_bytes + own_bytes);
        for (std::int64_t y = rows.begin; y < rows.end; ++y) {
            epilogue_.finish(sums, call.residual, call.out, y, room);
        }
    }
}

void OnednnConvolution::run_rows(
    const View& in, const View* residual, const View& out, Rows rows, Scratch& scratch) const {
    try {
        const OneThread one_thread;
        const std::int64_t step = rows_at_once(out, rows.count());
        for (std::int64_t y = rows.begin; y < rows.end; y += step) {
            run_window({in, residual, out}, {y, std::min(y + step, rows.end)}, scratch);
        }
    } catch (const dnnl::error& error) {
        throw translated(error);
    }
}

} // namespace

std::unique_ptr<Convolution> make_onednn_convolution(const ConvolutionWork& work) {
    try {
        const OneThread one_thread;
        auto convolution = std::make_unique<OnednnConvolution>(work);
        log(LogLevel::debug, fmt::format("{} for {}", convolution->name(), to_string(work.op.weight.shape)));
        return convolution->name().starts_with("oneDNN ref") ? nullptr : std::move(convolution);
    } catch (const dnnl::error&) { // it has nothing for this at all
        return nullptr;
    }
}

} // namespace kizuna::cpu
