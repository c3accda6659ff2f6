#include "bench_upscaler.hpp"

#include "kizuna/model.hpp"

kizuna::Upscaler
open_upscaler(const std::string& model, const std::string& provider, kizuna::Precision precision) {
    kizuna::EngineOptions options;
    options.provider = provider;
    options.precision = precision;
    return kizuna::Upscaler(kizuna::Model::load(model), options);
}

double engine_seconds(const kizuna::Upscaler& upscaler, const PictureSize& size) {
    kizuna::FileOptions options;
    options.overwrite = true;
    options.encode.format = "bmp";
    return upscaler.upscale_file(sample_file(size.width, size.height), result_file(), {}, options)
        .engine_seconds;
}
