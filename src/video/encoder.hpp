#pragma once

#include "video/colour.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kizuna::video {

/// All that an encoder is opened with: the same settings give the same bytes.
struct EncoderSettings {
    std::string name; ///< FFmpeg's
    std::optional<int> crf;
    std::string preset;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    int width = 0;
    int height = 0;
    AVRational pixel_aspect{0, 1};
    AVRational time_base{1, 1};
    AVRational frame_rate{0, 1}; ///< 0: not known
    ColourTraits colours;
    int threads = 1; ///< counts, for encoders that give other bytes with another number
};

/// What is asked for, and what it has to suit.
struct EncoderWish {
    std::string name; ///< empty: a good one for the container
    std::string pixel_format;
    bool for_webm = false;
    bool for_y4m = false; ///< which holds few formats
    AVPixelFormat input_format = AV_PIX_FMT_NONE;
};

/// The encoder and pixel format that are to be taken. Throws Error{unsupported} for an encoder that this
/// FFmpeg lacks, naming what there is, and Error{invalid_argument} for a format that it does not take.
void choose_encoder(const EncoderWish& wish, EncoderSettings& settings);

/// Pictures in, packets out: with times in the settings' time base.
class VideoEncoder {
  public:
    using Taker = std::function<void(AVPacket&)>;

    /// Throws Error{invalid_argument} for settings that the encoder does not take, {unsupported} where it
    /// cannot be opened here.
    VideoEncoder(const EncoderSettings& settings, Taker taker);

    /// `frame` has a time; `duration` is how long it is shown, 0 where that is not known.
    void encode(AVFrame& frame, std::int64_t duration);
    /// Afterwards nothing more is taken.
    void finish();

    [[nodiscard]] const AVCodecContext& context() const { return *context_; }

  private:
    void set_options(const EncoderSettings& settings);
    void send(const AVFrame* frame);

    CodecPtr context_;
    Taker taker_;
    PacketPtr packet_ = make_packet();
    std::map<std::int64_t, std::int64_t> durations_; ///< by time
};

} // namespace kizuna::video
