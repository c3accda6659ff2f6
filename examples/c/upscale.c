/* Upscales a picture with the default network, and shows how far it has come: upscale INPUT OUTPUT */
#include <kizuna/kizuna.h>

#include <stdio.h>

static int show(void* user, uint64_t done, uint64_t total) {
    (void)user;
    fprintf(stderr, "\r%3.0f %%", 100.0 * (double)done / (double)total);
    return 0; /* anything else would cancel */
}

static int failed(const char* doing) {
    fprintf(stderr, "%s: %s\n", doing, kizuna_last_error());
    return 1;
}

int main(int argc, char** argv) {
    kizuna_model* model = NULL;
    kizuna_upscaler* upscaler = NULL;
    int result = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: upscale INPUT OUTPUT\n");
        return 2;
    }
    if (kizuna_model_load(NULL, &model) != KIZUNA_OK) {
        return failed("loading the network");
    }
    if (kizuna_upscaler_open(model, NULL, &upscaler) != KIZUNA_OK) {
        result = failed("opening the network");
    } else if (kizuna_upscale_file(upscaler, argv[1], argv[2], NULL, NULL, show, NULL) != KIZUNA_OK) {
        result = failed(argv[1]);
    } else {
        fprintf(stderr, "\r%s, on %s\n", argv[2], kizuna_upscaler_provider(upscaler));
    }
    kizuna_upscaler_free(upscaler);
    kizuna_model_free(model);
    return result;
}
