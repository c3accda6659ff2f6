#include "codec/codecs.hpp"
#include "decode_picture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    kizuna::fuzz::decode_picture(kizuna::codec::open_png, data, size);
    return 0;
}
