// upscale IN OUT: the smallest useful program on libkizuna.
#include <cstdio>
#include <kizuna/kizuna.hpp>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s IN OUT\n", argv[0]);
        return 2;
    }
    try {
        const kizuna::Upscaler upscaler(kizuna::Model::load(kizuna::default_model_name()));
        const auto report =
            upscaler.upscale_file(argv[1], argv[2], {}, {}, [](const kizuna::Progress& progress) {
                std::fprintf(stderr, "\r%3.0f %%", 100 * progress.fraction());
            });
        std::fprintf(
            stderr, "\r%u x %u in %.1f s on %s\n", report.output_width, report.output_height, report.seconds,
            upscaler.provider().c_str());
    } catch (const kizuna::Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
