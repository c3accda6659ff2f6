#include "video/segment_sink.hpp"

#include "base/cancel.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kizuna::video {

namespace {

std::span<const std::byte> extradata_of(const AVCodecContext& context) {
    return std::as_bytes(std::span(context.extradata, static_cast<std::size_t>(context.extradata_size)));
}

} // namespace

SegmentSink::SegmentSink(
    WorkFolder& folder, const ImageInfo& like, EncoderSettings encoder, int segment_frames, Assembly assembly)
    : folder_(folder)
    , frames_(like, encoder)
    , settings_(std::move(encoder))
    , segment_frames_(static_cast<std::uint64_t>(segment_frames))
    , assembly_(std::move(assembly))
    , kept_(folder.segments()) {
    for (const auto& [number, segment] : kept_) {
        finished_bytes_ += segment.bytes;
    }
    bytes_ = finished_bytes_;
}

bool SegmentSink::has_group(std::uint64_t group) const {
    return kept_.contains(group);
}

std::uint64_t SegmentSink::kept_frames() const {
    return frames_in(kept_);
}

void SegmentSink::write(const ResultFrame& frame) {
    const std::uint64_t number = frame.number / segment_frames_;
    if (current_ != number) {
        end_segment();
        begin_segment(number);
    }
    const FramePtr made = frames_.make(frame);
    encoder_->encode(*made, frame.duration);
    ++frames_in_current_;
    bytes_ = finished_bytes_ + writer_->bytes();
}

void SegmentSink::begin_segment(std::uint64_t number) {
    current_ = number;
    frames_in_current_ = 0;
    encoder_.emplace(settings_, [this](AVPacket& packet) {
        SegmentPacket record;
        record.pts = packet.pts;
        record.duration = packet.duration;
        record.is_key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
        writer_->write(record, std::as_bytes(std::span(packet.data, static_cast<std::size_t>(packet.size))));
    });
    writer_.emplace(folder_.segment_path(number), extradata_of(encoder_->context()));
}

void SegmentSink::end_segment() {
    if (!current_) {
        return;
    }
    encoder_->finish();
    writer_->commit(frames_in_current_);
    finished_bytes_ += writer_->bytes();
    bytes_ = finished_bytes_;
    encoder_.reset();
    writer_.reset();
    current_.reset();
}

void SegmentSink::finish(std::uint64_t frames) {
    end_segment();
    kept_ = folder_.segments();
    check_whole(frames);
    assemble((frames + segment_frames_ - 1) / segment_frames_);
}

// The segments that are kept from before may be of an input that has been exchanged with great care.
void SegmentSink::check_whole(std::uint64_t frames) const {
    const std::uint64_t there = frames_in(kept_);
    const std::uint64_t segments = (frames + segment_frames_ - 1) / segment_frames_;
    const bool has_all = kept_.size() == segments && (segments == 0 || kept_.rbegin()->first == segments - 1);
    if (there != frames || !has_all) {
        throw Error(
            ErrorCode::corrupt,
            fmt::format(
                "{} holds {} frames in {} segments, and the video has {} in {}; use --restart to make them "
                "again",
                folder_.path().string(), there, kept_.size(), frames, segments));
    }
}

void SegmentSink::assemble(std::uint64_t segments) {
    const VideoEncoder encoder(settings_, [](AVPacket&) {}); // for what the container is to know of it
    const auto expected = extradata_of(encoder.context());
    std::vector<std::int64_t> shown;
    for (std::uint64_t i = 0; i < segments; ++i) {
        const Segment& segment = kept_.at(i);
        if (!std::equal(
                segment.extradata.begin(), segment.extradata.end(), expected.begin(), expected.end())) {
            throw Error(
                ErrorCode::unsupported,
                fmt::format(
                    "the encoder {} begins each segment differently, so that they cannot be put together",
                    settings_.name));
        }
        for (const SegmentPacket& packet : segment.packets) {
            shown.push_back(packet.pts);
        }
    }
    const std::vector<std::int64_t> decoded = decoding_times(shown);
    AtomicFile file(
        assembly_.output, assembly_.overwrite ? AtomicFile::IfExists::replace : AtomicFile::IfExists::fail);
    MediaInput source(assembly_.input);
    Muxer muxer(file, true, source, encoder.context(), assembly_.muxer);
    const PacketPtr packet = make_packet();
    std::size_t next = 0;
    for (std::uint64_t i = 0; i < segments; ++i) {
        SegmentReader reader(kept_.at(i));
        for (const SegmentPacket& record : kept_.at(i).packets) {
            throw_if_cancelled(assembly_.cancel);
            check(ffmpeg().av_new_packet(packet.get(), static_cast<int>(record.size)), "a picture");
            reader.read(record, std::as_writable_bytes(std::span(packet->data, record.size)));
            packet->pts = record.pts;
            packet->dts = decoded[next++];
            packet->duration = record.duration;
            packet->flags = record.is_key ? AV_PKT_FLAG_KEY : 0;
            muxer.write_picture(*packet);
        }
    }
    muxer.finish();
    // position() is where the muxer has patched last, not the end.
    folder_.announce(muxer.bytes());
    file.commit();
    bytes_ = muxer.bytes();
    folder_.remove();
}

} // namespace kizuna::video
