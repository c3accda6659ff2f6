#include "graph/test_graphs.hpp"

#include <algorithm>

namespace kizuna::test {

namespace {

class RandomGraph {
  public:
    RandomGraph(std::uint32_t seed, WeightKind weights)
        : random_(seed)
        , dense_(weights == WeightKind::dense)
        , image_channels_(random_.coin() ? 1 : 3)
        , builder_(image_channels_)
        , channels_(image_channels_) {}

    Graph make() {
        const int layers = random_.between(1, 5);
        for (int i = 0; i < layers; ++i) {
            add_layer();
            if (random_.coin()) {
                add_pointwise();
            }
            add_skip();
        }
        finish();
        return builder_.graph();
    }

  private:
    // A value to go back to. `level` is its side by the input's: 2^level.
    struct Value {
        int index;
        int channels;
        int level;
    };

    Tensor weight(const Shape& shape) {
        if (!dense_) {
            return random_.tensor(shape, -0.5F, 0.5F);
        }
        const auto fan_in = static_cast<float>(shape.c * shape.h * shape.w);
        return random_.tensor(shape, 0.5F / fan_in, 1 / fan_in);
    }

    std::vector<float> numbers(int count, float low, float high) {
        return random_.tensor({1, count, 1, 1}, low, high).data;
    }

    // Splits `total` at random.
    std::pair<int, int> split(int total) {
        const int first = random_.between(0, total);
        return {first, total - first};
    }

    Sides sides(int vertical, int horizontal) {
        const auto [top, bottom] = split(vertical);
        const auto [left, right] = split(horizontal);
        return {top, left, bottom, right};
    }

    Conv2d same_conv(int out, int most) {
        Conv2d op;
        const int h = random_.between(1, most);
        const int w = random_.between(1, most);
        op.dilation = {random_.between(1, 2), random_.between(1, 2)};
        op.groups = !dense_ && out == channels_ && random_.coin() ? out : 1;
        op.weight = weight({out, channels_ / op.groups, h, w});
        op.bias = random_.coin() ? numbers(out, 0, 0.1F) : std::vector<float>();
        op.padding = sides(op.dilation[0] * (h - 1), op.dilation[1] * (w - 1));
        return op;
    }

    void add_conv(int out) {
        builder_.then(same_conv(out, 3));
        channels_ = out;
    }

    // Convolution and padding as two operators.
    void add_valid_conv() {
        Conv2d op = same_conv(channels_, 2);
        const Pad pad{
            .mode = static_cast<Pad::Mode>(random_.between(0, 2)),
            .sides = op.padding,
            .value = random_.real(0, 1)};
        op.padding = {};
        const bool pad_first = random_.coin();
        if (pad_first) {
            builder_.then(pad);
        }
        builder_.then(op);
        if (!pad_first) {
            builder_.then(pad);
        }
    }

    void add_strided_conv() {
        Conv2d op;
        const int out = random_.between(1, 2);
        op.weight = weight({out, channels_, 3, 3});
        op.stride = {2, 2};
        op.padding = {1, 1, 1, 1};
        builder_.then(op);
        channels_ = out;
        --level_;
    }

    void add_transposed_conv() {
        ConvTranspose2d op;
        const int out = random_.between(1, 2);
        const int h = random_.between(2, 4);
        const int w = random_.between(2, 4);
        op.weight = weight({channels_, out, h, w});
        op.stride = {2, 2};
        if (!dense_) {
            op.output_padding = {random_.between(0, 1), random_.between(0, 1)};
        }
        op.padding = sides(h - 2 + op.output_padding[0], w - 2 + op.output_padding[1]);
        builder_.then(op);
        channels_ = out;
        ++level_;
    }

    void add_shuffle() {
        const int out = random_.between(1, 2);
        add_conv(4 * out);
        builder_.then(PixelShuffle{random_order(), 2});
        channels_ = out;
        ++level_;
    }

    void add_unshuffle() {
        builder_.then(PixelUnshuffle{random_order(), 2});
        channels_ *= 4;
        --level_;
        mix();
    }

    PixelShuffle::Order random_order() {
        return random_.coin() ? PixelShuffle::Order::crd : PixelShuffle::Order::dcr;
    }

    void add_resize(double scale) {
        Resize op;
        op.mode = static_cast<Resize::Mode>(random_.between(0, 2));
        op.coordinates = static_cast<Resize::Coordinates>(random_.between(0, 1));
        op.rounding = static_cast<Resize::Rounding>(random_.between(0, 3));
        if (dense_ && op.mode == Resize::Mode::nearest) {
            op.coordinates = Resize::Coordinates::asymmetric;
            op.rounding = Resize::Rounding::floor;
        }
        op.scale_h = scale;
        op.scale_w = scale;
        builder_.then(op);
    }

    // One dense 1×1 convolution, so that no channel knows less than another.
    void mix() {
        Conv2d op;
        const int out = random_.between(1, 2);
        op.weight = weight({out, channels_, 1, 1});
        builder_.then(op);
        channels_ = out;
    }

    void add_layer() {
        const bool may_grow = level_ < 1;
        const bool may_shrink = level_ > -1;
        switch (random_.between(0, 7)) {
        case 0:
            return add_valid_conv();
        case 1:
            return may_shrink ? add_strided_conv() : add_conv(2);
        case 2:
            return may_grow ? add_transposed_conv() : add_conv(2);
        case 3:
            return may_grow ? add_shuffle() : add_conv(1);
        case 4:
            return may_shrink ? add_unshuffle() : add_conv(2);
        case 5:
            add_resize(3);
            return add_resize(2.0 / 3 * (may_grow ? grow() : 0.5));
        case 6:
            return dense_ ? add_conv(2) : crop_and_pad();
        default:
            return add_conv(random_.between(1, 2));
        }
    }

    double grow() {
        ++level_;
        return 1;
    }

    void crop_and_pad() {
        const Sides cut = sides(2, 2);
        builder_.then(Crop{cut});
        builder_.then(Pad{static_cast<Pad::Mode>(random_.between(0, 1)), cut, 0.5F});
    }

    void add_pointwise() {
        switch (random_.between(0, 5)) {
        case 0:
            builder_.then(PRelu{numbers(random_.coin() ? channels_ : 1, 0.1F, 0.4F)});
            break;
        case 1:
            builder_.then(Sigmoid{});
            break;
        case 2:
            builder_.then(Tanh{});
            break;
        case 3:
            builder_.then(dense_ ? Clip{-1000, 1000} : Clip{-0.5F, 0.5F});
            break;
        case 4:
            builder_.then(Affine{numbers(channels_, 0.5F, 1), numbers(1, 0, 0.2F)});
            break;
        default: {
            const int value = current().index;
            const int constant = builder_.add(Constant{random_.tensor({1, channels_, 1, 1}, 0.5F, 1)}, {});
            builder_.add(Binary{Binary::Kind::mul}, {value, constant});
        }
        }
    }

    [[nodiscard]] Value current() const { return {builder_.graph().output, channels_, level_}; }

    void add_skip() {
        const Value now = current();
        seen_.push_back(now);
        const Value& past =
            seen_[static_cast<std::size_t>(random_.between(0, static_cast<int>(seen_.size()) - 1))];
        if (past.index == now.index || past.level != now.level) {
            return;
        }
        if (past.channels == now.channels && random_.coin()) {
            const int kind = dense_ ? 0 : random_.between(0, 5);
            builder_.add(
                Binary{kind == 3 ? Binary::Kind::add : static_cast<Binary::Kind>(kind)},
                {now.index, past.index});
            return;
        }
        builder_.add(Concat{}, {past.index, now.index});
        channels_ += past.channels;
        if (!dense_) {
            builder_.then(SliceChannels{1, channels_});
            --channels_;
        }
        mix();
    }

    void finish() {
        if (level_ < 0) {
            add_resize(2);
        }
        Conv2d last;
        last.weight = weight({image_channels_, channels_, 1, 1});
        builder_.then(last);
    }

    Random random_;
    bool dense_;
    int image_channels_;
    GraphBuilder builder_;
    int channels_;
    int level_ = 0;
    std::vector<Value> seen_;
};

} // namespace

Graph random_graph(std::uint32_t seed, WeightKind weights) {
    return RandomGraph(seed, weights).make();
}

namespace {

Conv2d random_conv(Random& random, int in, int out, int kernel, int stride = 1) {
    Conv2d op = conv(in, out, kernel, 0);
    op.weight = random.tensor(op.weight.shape, -0.4F, 0.5F);
    op.bias = random.tensor({1, out, 1, 1}, -0.1F, 0.1F).data;
    op.stride = {stride, stride};
    return op;
}

int squeeze_excite(GraphBuilder& builder, Random& random, int x, int channels) {
    const int mean = builder.add(GlobalAveragePool{}, {x});
    const int squeezed = builder.add(random_conv(random, channels, 2, 1), {mean});
    const int activated = builder.add(PRelu{{0}}, {squeezed});
    // Far from the middle of the sigmoid's range, where a mean would hardly count.
    const int excited = builder.add(random_conv(random, 2, channels, 1), {activated});
    return builder.add(
        Binary{Binary::Kind::mul}, {x, builder.add(Sigmoid{}, {builder.add(Affine{{6}, {0}}, {excited})})});
}

} // namespace

Graph squeeze_excite_graph(std::uint32_t seed) {
    constexpr int channels = 4;
    Random random(seed);
    GraphBuilder builder(3);
    builder.then(random_conv(random, 3, channels, 3));
    const int wide = builder.then(PRelu{{0.1F}});
    builder.then(random_conv(random, channels, channels, 2, 2));
    const int narrow =
        squeeze_excite(builder, random, builder.then(random_conv(random, channels, channels, 3)), channels);
    ConvTranspose2d up;
    up.weight = random.tensor({channels, channels, 2, 2}, -0.4F, 0.5F);
    up.stride = {2, 2};
    const int risen = builder.add(up, {narrow});
    const int joined = builder.add(Binary{}, {builder.add(Crop{{2, 2, 2, 2}}, {wide}), risen});
    squeeze_excite(
        builder, random, builder.add(random_conv(random, channels, channels, 3), {joined}), channels);
    builder.then(random_conv(random, channels, 3 * 4, 1));
    builder.then(PixelShuffle{PixelShuffle::Order::crd, 2});
    return builder.graph();
}

} // namespace kizuna::test
