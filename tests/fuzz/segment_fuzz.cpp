// A stretch of encoded video that is kept in a work folder.
#include "video/segment_file.hpp"

#include "kizuna/error.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto in = kizuna::open_memory(std::as_bytes(std::span(data, size)));
    try {
        const kizuna::video::Segment segment = kizuna::video::read_segment(*in, "segment");
        std::vector<std::int64_t> shown;
        for (const kizuna::video::SegmentPacket& packet : segment.packets) {
            shown.push_back(packet.pts);
        }
        (void)kizuna::video::decoding_times(shown);
    } catch (const kizuna::Error&) { // the only way in which it may be refused
    }
    return 0;
}
