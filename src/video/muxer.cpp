#include "video/muxer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string_view>

namespace kizuna::video {

namespace {

constexpr int buffer_bytes = 1 << 16;
constexpr std::size_t most_chapters = 100'000;

bool is_cover(const AVStream& stream) {
    return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

/// Of pictures that are upscaled, what still holds.
bool still_holds(AVPacketSideDataType type) {
    switch (type) {
    case AV_PKT_DATA_DISPLAYMATRIX:
    case AV_PKT_DATA_STEREO3D:
    case AV_PKT_DATA_SPHERICAL:
    case AV_PKT_DATA_MASTERING_DISPLAY_METADATA:
    case AV_PKT_DATA_CONTENT_LIGHT_LEVEL:
    case AV_PKT_DATA_ICC_PROFILE:
        return true;
    default:
        return false;
    }
}

void add_side_data(AVStream& stream, AVPacketSideDataType type, std::span<const std::uint8_t> bytes) {
    std::uint8_t* const copy = check_memory(ffmpeg().av_stream_new_side_data(&stream, type, bytes.size()));
    std::copy(bytes.begin(), bytes.end(), copy);
}

template <typename T>
void add_if_missing(AVStream& stream, AVPacketSideDataType type, const std::optional<T>& value) {
    const bool is_there = std::any_of(
        stream.side_data, stream.side_data + stream.nb_side_data,
        [type](const AVPacketSideData& data) { return data.type == type; });
    if (value && !is_there) {
        add_side_data(stream, type, {reinterpret_cast<const std::uint8_t*>(&*value), sizeof(*value)});
    }
}

/// Matroska's times count from before what a codec puts in front of the sound, FFmpeg's from after it. From
/// release 6 on its muxer minds that itself.
std::int64_t delay_to_add(const AVOutputFormat& container, const AVStream& stream, AVRational time_base) {
    const AVCodecParameters& parameters = *stream.codecpar;
    const bool is_ours = LIBAVFORMAT_VERSION_MAJOR < 60 && is_matroska(container);
    if (!is_ours || parameters.codec_type != AVMEDIA_TYPE_AUDIO || parameters.initial_padding <= 0 ||
        parameters.sample_rate <= 0) {
        return 0;
    }
    return ffmpeg().av_rescale_q(
        parameters.initial_padding, AVRational{1, parameters.sample_rate}, time_base);
}

AVRational pictures_rate(const AVStream& source, const AVCodecContext& encoder) {
    return source.avg_frame_rate.num > 0 ? source.avg_frame_rate : encoder.framerate;
}

std::span<const AVPacketSideData> side_data_of(const AVStream& stream) {
    return {stream.side_data, static_cast<std::size_t>(stream.nb_side_data)};
}

/// What programs have written about the stream that is replaced: it would be wrong now.
void forget_statistics(AVDictionary*& metadata) {
    const Ffmpeg& av = ffmpeg();
    constexpr std::array outdated{"encoder",         "BPS",         "DURATION", "NUMBER_OF_FRAMES",
                                  "NUMBER_OF_BYTES", "_STATISTICS_"};
    for (const char* key : outdated) {
        while (const AVDictionaryEntry* entry =
                   av.av_dict_get(metadata, key, nullptr, AV_DICT_IGNORE_SUFFIX)) {
            av.av_dict_set(&metadata, std::string(entry->key).c_str(), nullptr, 0);
        }
    }
}

} // namespace

Muxer::Muxer(
    OutputStream& out, bool can_seek, MediaInput& source, const AVCodecContext& encoder,
    const MuxerSettings& settings)
    : out_(out)
    , source_(source)
    , settings_(settings)
    , origin_us_(settings.window.begin_us)
    , time_base_(encoder.time_base)
    , copies_(source.format().nb_streams) {
    const Ffmpeg& av = ffmpeg();
    // Broadcasts count from anywhere, and over an end; elsewhere the first times may mean something.
    if (!settings.window.is_whole() || (source.format().iformat->flags & AVFMT_TS_DISCONT) != 0) {
        origin_us_ += source.start_us();
    }
    AVFormatContext* context = nullptr;
    check(
        av.avformat_alloc_output_context2(&context, &container_named(settings.container), nullptr, nullptr),
        "the output cannot be set up", ErrorCode::unsupported);
    format_.reset(context);
    // No random numbers, no dates: the same packets give the same file.
    format_->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
    format_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL; // Y4M of 10 bits, FLAC in MP4
    // A codec's delay lets Matroska's streams begin before 0: that is no reason to move everything.
    if (is_matroska(*source.format().iformat) && is_matroska(*format_->oformat)) {
        format_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    }
    open_stream(can_seek);
    add_streams(encoder);
    if (settings.window.begin_us > 0) {
        source.seek(source.start_us() + settings.window.begin_us);
    }
    rethrow(av.avformat_write_header(format_.get(), nullptr));
}

void Muxer::Closer::operator()(AVFormatContext* context) const noexcept {
    const Ffmpeg& av = ffmpeg();
    if (context->pb != nullptr) {
        av.av_freep(static_cast<void*>(&context->pb->buffer));
        av.avio_context_free(&context->pb);
    }
    av.avformat_free_context(context);
}

void Muxer::open_stream(bool can_seek) {
    const Ffmpeg& av = ffmpeg();
    auto* buffer = static_cast<unsigned char*>(check_memory(av.av_malloc(buffer_bytes)));
    format_->pb = av.avio_alloc_context(
        buffer, buffer_bytes, 1, this, nullptr, write_bytes, can_seek ? seek_bytes : nullptr);
    if (format_->pb == nullptr) {
        av.av_freep(static_cast<void*>(&buffer));
        check_memory(format_->pb);
    }
    format_->pb->seekable = can_seek ? AVIO_SEEKABLE_NORMAL : 0;
}

int Muxer::write_bytes(void* self, std::uint8_t* bytes, int size) {
    auto& muxer = *static_cast<Muxer*>(self);
    if (muxer.failure_) {
        return AVERROR(EIO);
    }
    try {
        muxer.out_.write(std::as_bytes(std::span(bytes, static_cast<std::size_t>(size))));
        muxer.end_ = std::max(muxer.end_, muxer.out_.position());
        return size;
    } catch (...) { // on its way through C
        muxer.failure_ = std::current_exception();
        return AVERROR(EIO);
    }
}

std::int64_t Muxer::seek_bytes(void* self, std::int64_t offset, int whence) {
    auto& muxer = *static_cast<Muxer*>(self);
    if ((whence & AVSEEK_SIZE) != 0) {
        return static_cast<std::int64_t>(muxer.end_);
    }
    std::int64_t base = 0;
    if (whence == SEEK_CUR) {
        base = static_cast<std::int64_t>(muxer.out_.position());
    } else if (whence == SEEK_END) {
        base = static_cast<std::int64_t>(muxer.end_);
    }
    if (base + offset < 0) {
        return AVERROR(EINVAL);
    }
    muxer.out_.seek(static_cast<std::uint64_t>(base + offset));
    return base + offset;
}

/// What `out` threw on its way through FFmpeg, or FFmpeg's own error.
void Muxer::rethrow(int code) {
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    check(code, "the output cannot be written", ErrorCode::unsupported);
}

void Muxer::add_streams(const AVCodecContext& encoder) {
    const Ffmpeg& av = ffmpeg();
    const AVFormatContext& source = source_.format();
    if (settings_.pictures_only) {
        add_pictures(encoder);
        return;
    }
    for (unsigned i = 0; i < source.nb_streams; ++i) {
        const AVStream& stream = *source.streams[i];
        if (&stream == &source_.video()) {
            add_pictures(encoder);
        } else if (is_cover(stream) && is_matroska(*format_->oformat)) {
            add_as_attachment(stream);
        } else if (can_hold(*format_->oformat, stream)) {
            copies_[i] = add_copy(stream);
        }
    }
    check(av.av_dict_copy(&format_->metadata, source.metadata, 0), "copying metadata");
    for (const char* brand : {"major_brand", "minor_version", "compatible_brands"}) {
        av.av_dict_set(&format_->metadata, brand, nullptr, 0);
    }
    copy_chapters();
}

void Muxer::add_pictures(const AVCodecContext& encoder) {
    const Ffmpeg& av = ffmpeg();
    const AVStream& from = source_.video();
    pictures_ = check_memory(av.avformat_new_stream(format_.get(), nullptr));
    check(av.avcodec_parameters_from_context(pictures_->codecpar, &encoder), "the output's pictures");
    if (encoder.codec_id != AV_CODEC_ID_RAWVIDEO) { // whose tag says how pictures are stored
        pictures_->codecpar->codec_tag = 0;
    }
    if (encoder.codec_id == AV_CODEC_ID_HEVC && std::string_view(format_->oformat->name) != "matroska") {
        pictures_->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1'); // the one that every player knows
    }
    pictures_->time_base = encoder.time_base;
    if (std::string_view(format_->oformat->name) == "yuv4mpegpipe") { // its header's rate is taken from this
        pictures_->time_base = av_inv_q(pictures_rate(from, encoder));
        has_no_times_ = true;
    }
    pictures_->sample_aspect_ratio = encoder.sample_aspect_ratio;
    pictures_->avg_frame_rate = pictures_rate(from, encoder);
    pictures_->r_frame_rate = from.r_frame_rate;
    pictures_->disposition = from.disposition;
    check(av.av_dict_copy(&pictures_->metadata, from.metadata, 0), "copying metadata");
    forget_statistics(pictures_->metadata);
    for (const AVPacketSideData& data : side_data_of(from)) {
        if (still_holds(data.type)) {
            add_side_data(*pictures_, data.type, {data.data, data.size});
        }
    }
    add_if_missing(*pictures_, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, settings_.hdr.mastering);
    add_if_missing(*pictures_, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, settings_.hdr.light);
}

AVStream* Muxer::add_copy(const AVStream& from) {
    const Ffmpeg& av = ffmpeg();
    AVStream* const to = check_memory(av.avformat_new_stream(format_.get(), nullptr));
    check(av.avcodec_parameters_copy(to->codecpar, from.codecpar), "copying a stream");
    to->codecpar->codec_tag = 0; // each container has its own
    to->time_base = from.time_base;
    to->sample_aspect_ratio = from.sample_aspect_ratio;
    to->avg_frame_rate = from.avg_frame_rate;
    to->r_frame_rate = from.r_frame_rate;
    to->disposition = from.disposition;
    check(av.av_dict_copy(&to->metadata, from.metadata, 0), "copying metadata");
    for (const AVPacketSideData& data : side_data_of(from)) {
        add_side_data(*to, data.type, {data.data, data.size});
    }
    return to;
}

// Matroska keeps covers as attached files; as a stream it would be a second video.
void Muxer::add_as_attachment(const AVStream& cover) {
    const Ffmpeg& av = ffmpeg();
    AVStream* const to = add_copy(cover);
    const bool is_png = cover.codecpar->codec_id == AV_CODEC_ID_PNG;
    to->codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
    to->disposition = 0;
    av.av_freep(static_cast<void*>(&to->codecpar->extradata));
    const AVPacket& picture = cover.attached_pic;
    to->codecpar->extradata = static_cast<std::uint8_t*>(
        check_memory(av.av_mallocz(static_cast<std::size_t>(picture.size) + AV_INPUT_BUFFER_PADDING_SIZE)));
    to->codecpar->extradata_size = picture.size;
    std::copy_n(picture.data, picture.size, to->codecpar->extradata);
    av.av_dict_set(&to->metadata, "filename", is_png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
    av.av_dict_set(&to->metadata, "mimetype", is_png ? "image/png" : "image/jpeg", AV_DICT_DONT_OVERWRITE);
}

void Muxer::copy_chapters() {
    const Ffmpeg& av = ffmpeg();
    const AVFormatContext& source = source_.format();
    const auto count = static_cast<std::size_t>(source.nb_chapters);
    if (count == 0 || count > most_chapters || !settings_.window.is_whole()) {
        return;
    }
    format_->chapters = static_cast<AVChapter**>(check_memory(av.av_mallocz(count * sizeof(AVChapter*))));
    for (std::size_t i = 0; i < count; ++i) {
        const AVChapter& from = *source.chapters[i];
        auto* const to = static_cast<AVChapter*>(check_memory(av.av_mallocz(sizeof(AVChapter))));
        format_->chapters[format_->nb_chapters++] = to;
        to->id = from.id;
        to->time_base = from.time_base;
        const std::int64_t origin = av.av_rescale_q(origin_us_, microseconds, from.time_base);
        to->start = from.start - origin;
        to->end = from.end - origin;
        check(av.av_dict_copy(&to->metadata, from.metadata, 0), "copying chapters");
    }
}

void Muxer::write_picture(AVPacket& packet) {
    if (has_no_times_) {
        packet.pts = packet.dts = counted_++;
        packet.duration = 1;
        packet.stream_index = pictures_->index;
        rethrow(ffmpeg().av_interleaved_write_frame(format_.get(), &packet));
        return;
    }
    copy_until(ffmpeg().av_rescale_q(packet.dts, time_base_, microseconds));
    write(packet, time_base_, *pictures_);
}

bool Muxer::is_in_window(const AVPacket& packet) const {
    const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (settings_.window.is_whole() || time == AV_NOPTS_VALUE) {
        return true;
    }
    const AVRational time_base = source_.format().streams[packet.stream_index]->time_base;
    const std::int64_t us = ffmpeg().av_rescale_q(time, time_base, microseconds) - source_.start_us();
    return us >= settings_.window.begin_us && !settings_.window.ends_before(us);
}

// What the source has up to this time (its own), as it is.
void Muxer::copy_until(std::int64_t us) {
    const Ffmpeg& av = ffmpeg();
    if (settings_.pictures_only) {
        return;
    }
    while (!source_ended_) {
        if (!has_waiting_ && !source_.read(*waiting_)) {
            source_ended_ = true;
            return;
        }
        has_waiting_ = true;
        const auto index = static_cast<std::size_t>(waiting_->stream_index);
        const AVRational time_base = source_.format().streams[index]->time_base;
        if (waiting_->dts != AV_NOPTS_VALUE && av.av_rescale_q(waiting_->dts, time_base, microseconds) > us) {
            return;
        }
        has_waiting_ = false;
        if (index < copies_.size() && copies_[index] != nullptr && is_in_window(*waiting_)) {
            write(*waiting_, time_base, *copies_[index]);
        }
        av.av_packet_unref(waiting_.get());
    }
}

void Muxer::write(AVPacket& packet, AVRational time_base, const AVStream& stream) {
    const Ffmpeg& av = ffmpeg();
    const std::int64_t move = delay_to_add(*format_->oformat, stream, time_base) -
                              av.av_rescale_q(origin_us_, microseconds, time_base);
    packet.pts += packet.pts != AV_NOPTS_VALUE ? move : 0;
    packet.dts += packet.dts != AV_NOPTS_VALUE ? move : 0;
    av.av_packet_rescale_ts(&packet, time_base, stream.time_base);
    packet.stream_index = stream.index;
    packet.pos = -1;
    rethrow(av.av_interleaved_write_frame(format_.get(), &packet));
}

void Muxer::finish() {
    const Ffmpeg& av = ffmpeg();
    const Window& window = settings_.window;
    copy_until(
        window.length_us ? source_.start_us() + window.begin_us + *window.length_us
                         : std::numeric_limits<std::int64_t>::max());
    rethrow(av.av_write_trailer(format_.get()));
    av.avio_flush(format_->pb);
    rethrow(0);
}

} // namespace kizuna::video
