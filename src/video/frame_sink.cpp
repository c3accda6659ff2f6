#include "video/frame_sink.hpp"

namespace kizuna::video {

EncoderFrames::EncoderFrames(const ImageInfo& like, const EncoderSettings& settings)
    : writer_(like, settings.format, settings.colours)
    , pixel_aspect_(settings.pixel_aspect) {}

FramePtr EncoderFrames::make(const ResultFrame& frame) {
    const Ffmpeg& av = ffmpeg();
    if (last_ != frame.picture) {
        converted_ = writer_.write(*frame.picture);
        last_ = frame.picture;
    }
    FramePtr made(check_memory(av.av_frame_clone(converted_.get())));
    made->pts = frame.pts;
    made->sample_aspect_ratio = pixel_aspect_;
    // Closed captions lie in the frames; all else is the encoder's business, or the container's.
    for (const AVFrameSideDataType type : {AV_FRAME_DATA_A53_CC}) {
        const AVFrameSideData* const data =
            frame.original ? av.av_frame_get_side_data(frame.original.get(), type) : nullptr;
        AVBufferRef* const copy = data != nullptr ? av.av_buffer_ref(data->buf) : nullptr;
        if (copy != nullptr && av.av_frame_new_side_data_from_buf(made.get(), type, copy) == nullptr) {
            av.av_buffer_unref(const_cast<AVBufferRef**>(&copy));
        }
    }
    return made;
}

} // namespace kizuna::video
