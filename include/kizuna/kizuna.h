#ifndef KIZUNA_KIZUNA_H
#define KIZUNA_KIZUNA_H

/*
 * Kizuna's interface for C, and for all that can call C.
 *
 * Every function that can fail returns a kizuna_status; kizuna_last_error() then has a sentence for a person.
 * Handles are made by functions with an `out` parameter and given back to the free function of their kind. A
 * handle that is NULL, of another kind, or free already is KIZUNA_INVALID_ARGUMENT, never a crash; freeing NULL
 * does nothing. Texts are UTF-8, ended by a zero byte. Text that a function returns is its handle's, and lives
 * as long.
 *
 * Structures that the library fills (kizuna_pixels, kizuna_job_report) stay as they are; what is new will come by
 * functions of its own. Structures of options begin with their size: initialise them by their _INIT macro, so that
 * a program built with this header works with later libraries, which have more fields.
 *
 * Kinds and states are ints with named values, so that a number that has no name yet is no undefined behaviour.
 *
 * All functions may be called from any thread, also on the same handle at once.
 */

/* NOLINTBEGIN(modernize-deprecated-headers, modernize-use-using): this is C */
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#if defined(KIZUNA_BUILDING)
#define KIZUNA_C_API __declspec(dllexport)
#else
#define KIZUNA_C_API __declspec(dllimport)
#endif
#else
#define KIZUNA_C_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int kizuna_status;
enum {
    KIZUNA_OK = 0,
    KIZUNA_INVALID_ARGUMENT = 1,
    KIZUNA_NOT_FOUND = 2,
    KIZUNA_ALREADY_EXISTS = 3,
    KIZUNA_IO = 4,
    KIZUNA_CORRUPT = 5,
    KIZUNA_UNSUPPORTED = 6,
    KIZUNA_LIMIT_EXCEEDED = 7,
    KIZUNA_OUT_OF_MEMORY = 8,
    KIZUNA_DEVICE_UNAVAILABLE = 9,
    KIZUNA_ENGINE_FAILED = 10,
    KIZUNA_BAD_NETWORK = 11,
    KIZUNA_CANCELLED = 12,
    KIZUNA_INTERNAL = 13
};

/* What went wrong in the last call of this thread that failed; lives until its next call. Never NULL. */
KIZUNA_C_API const char* kizuna_last_error(void);

/* "ok", "invalid_argument", …; "unknown" for other numbers. */
KIZUNA_C_API const char* kizuna_status_name(kizuna_status status);

/* "0.1.0". */
KIZUNA_C_API const char* kizuna_version(void);

/* --- Bytes and pictures that the library gives ------------------------------------------------------- */

typedef struct kizuna_bytes kizuna_bytes;

KIZUNA_C_API const void* kizuna_bytes_data(const kizuna_bytes* bytes); /* NULL for a bad handle */
KIZUNA_C_API size_t kizuna_bytes_size(const kizuna_bytes* bytes);      /* 0 for a bad handle */
KIZUNA_C_API void kizuna_bytes_free(kizuna_bytes* bytes);

/* A number per sample: 8 bits, 16 bits in the machine's byte order, or float from 0 to 1. */
typedef int kizuna_sample;
enum { KIZUNA_U8 = 0, KIZUNA_U16 = 1, KIZUNA_F32 = 2 };

/* A view of interleaved pixels: grey, grey and alpha, RGB, or RGBA, encoded as in files (not linear). */
typedef struct kizuna_pixels {
    uint32_t width;
    uint32_t height;
    uint32_t channels; /* 1 to 4 */
    kizuna_sample sample;
    ptrdiff_t stride_bytes; /* from a row to the next, at least a row's bytes; 0 = exactly those */
    const void* data;
} kizuna_pixels;

typedef struct kizuna_image kizuna_image;

/* The view lives as long as the image. */
KIZUNA_C_API kizuna_status kizuna_image_pixels(const kizuna_image* image, kizuna_pixels* out);
KIZUNA_C_API void kizuna_image_free(kizuna_image* image);

/* --- Networks ---------------------------------------------------------------------------------------- */

typedef struct kizuna_model kizuna_model;

/* A name, an alias, or a path; NULL: the default network. */
KIZUNA_C_API kizuna_status kizuna_model_load(const char* name_or_path, kizuna_model** out);
KIZUNA_C_API void kizuna_model_free(kizuna_model* model);
/* Output side / input side; 0 where only opening it tells, and for a bad handle. */
KIZUNA_C_API int kizuna_model_scale(const kizuna_model* model);

/* --- One picture at a time --------------------------------------------------------------------------- */

typedef int kizuna_precision;
enum { KIZUNA_PRECISION_AUTO = 0, KIZUNA_FP32 = 1, KIZUNA_BF16 = 2, KIZUNA_FP16 = 3 };

typedef struct kizuna_engine_options {
    size_t size;
    const char* provider; /* NULL or "auto": the fastest that tune has found, else the first that works */
    int device;
    int threads; /* 0 = one for each core */
    kizuna_precision precision;
} kizuna_engine_options;

#define KIZUNA_ENGINE_OPTIONS_INIT {sizeof(kizuna_engine_options), NULL, 0, 0, KIZUNA_PRECISION_AUTO}

typedef struct kizuna_options {
    size_t size;
    double scale;                 /* 0 = by the next two, or the network's own */
    uint32_t width, height;       /* 0 = not asked for */
    int fit;                      /* width × height is a box to fit into */
    int tile;                     /* 0 = from the memory that is free */
    int overlap;                  /* of feathered tiles; half of `tile` where that is no more */
    int blend;                    /* 0 automatic, 1 exact, 2 feather */
    int tta;                      /* mean over 8 flips and turns */
    int syncgap;                  /* 0 to 3 */
    uint64_t max_pixels;          /* of the result */
} kizuna_options;

#define KIZUNA_OPTIONS_INIT {sizeof(kizuna_options), 0, 0, 0, 0, 0, 64, 0, 0, 1, 500000000u}

typedef struct kizuna_encoding {
    size_t size;
    /* "png", "apng", "jpeg", "webp", "avif", "jxl", "tiff", "bmp", "gif"; NULL: see the functions. An animation stays
       one where the format can hold it. */
    const char* format;
    int quality;        /* -1 = the format's default */
    int effort;         /* -1 = the format's default */
    int lossless;
    int overwrite; /* of files: replace what is there */
} kizuna_encoding;

#define KIZUNA_ENCODING_INIT {sizeof(kizuna_encoding), NULL, -1, -1, 0, 0}

/* Called after every tile, on the thread that works. What is not 0 cancels. Must not throw. */
typedef int (*kizuna_progress)(void* user, uint64_t tiles_done, uint64_t tiles_total);

typedef struct kizuna_upscaler kizuna_upscaler;

/* Options may be NULL here and below: the defaults. */
KIZUNA_C_API kizuna_status
kizuna_upscaler_open(const kizuna_model* model, const kizuna_engine_options* options, kizuna_upscaler** out);
KIZUNA_C_API void kizuna_upscaler_free(kizuna_upscaler* upscaler);
/* "cpu", "cuda", …; NULL for a bad handle. */
KIZUNA_C_API const char* kizuna_upscaler_provider(const kizuna_upscaler* upscaler);

/* From file to file; the format is that of the output's extension, unless `encoding` has one. Nothing is left
 * under the output's name if it fails. */
KIZUNA_C_API kizuna_status kizuna_upscale_file(
    const kizuna_upscaler* upscaler, const char* input, const char* output, const kizuna_options* options,
    const kizuna_encoding* encoding, kizuna_progress progress, void* user);

/* From an encoded picture to an encoded picture, of the input's format unless `encoding` has one. */
KIZUNA_C_API kizuna_status kizuna_upscale_bytes(
    const kizuna_upscaler* upscaler, const void* data, size_t size, const kizuna_options* options,
    const kizuna_encoding* encoding, kizuna_progress progress, void* user, kizuna_bytes** out);

/* From pixels to pixels of the same kind. */
KIZUNA_C_API kizuna_status kizuna_upscale_pixels(
    const kizuna_upscaler* upscaler, const kizuna_pixels* pixels, const kizuna_options* options,
    kizuna_progress progress, void* user, kizuna_image** out);

/* --- Many pictures, the most urgent first ------------------------------------------------------------ */

typedef struct kizuna_jobs kizuna_jobs;

typedef struct kizuna_jobs_options {
    size_t size;
    const kizuna_engine_options* devices; /* NULL: one, chosen by itself */
    size_t device_count;
    int running_per_device;   /* jobs at work on each at the same time */
    size_t waiting;           /* more are refused */
    const char* cache_folder; /* where encoded results are kept and looked for; NULL: nowhere */
    uint64_t cache_bytes;     /* the least recently used go beyond it */
    int64_t cache_age_s;      /* what was not used for so long goes; 0: whatever its age, it stays */
} kizuna_jobs_options;

#define KIZUNA_JOBS_OPTIONS_INIT {sizeof(kizuna_jobs_options), NULL, 0, 2, 1000, NULL, 1073741824u, 0}

KIZUNA_C_API kizuna_status kizuna_jobs_open(const kizuna_jobs_options* options, kizuna_jobs** out);
/* Cancels what is left and waits until it has ended. Calls of other threads that wait in kizuna_jobs_take return.
 * Not to be called by a callback. */
KIZUNA_C_API void kizuna_jobs_free(kizuna_jobs* jobs);

typedef struct kizuna_job {
    size_t size;
    const kizuna_model* model;
    /* One of these three is what is upscaled; all of it is copied. */
    const char* input_path;
    const void* input_data;
    size_t input_size;
    const kizuna_pixels* input_pixels;
    /* Where it goes: into this file; else, with an encoding, into bytes; else into pixels. */
    const char* output_path;
    const kizuna_encoding* encoding;
    const kizuna_options* options;
    int priority;          /* higher goes first */
    const char* key;       /* the host's own name for it, or NULL */
    int64_t time_out_ms;   /* from its beginning; 0 = none */
    int64_t deadline_ms;   /* from now; 0 = none */
    kizuna_progress progress; /* or NULL */
    void* user;
} kizuna_job;

#define KIZUNA_JOB_INIT                                                                                        \
    {sizeof(kizuna_job), NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 0, NULL, 0, 0, NULL, NULL}

/* `id` may be NULL. Every job that was accepted gives one result to kizuna_jobs_take. */
KIZUNA_C_API kizuna_status kizuna_jobs_submit(const kizuna_jobs* jobs, const kizuna_job* job, uint64_t* id);
/* KIZUNA_NOT_FOUND where there is no such job or it has ended. */
KIZUNA_C_API kizuna_status kizuna_jobs_cancel(const kizuna_jobs* jobs, uint64_t id);
/* All of this key, or with NULL all; `count` (or NULL) gets how many. */
KIZUNA_C_API kizuna_status kizuna_jobs_cancel_key(const kizuna_jobs* jobs, const char* key, size_t* count);
KIZUNA_C_API kizuna_status kizuna_jobs_set_priority(const kizuna_jobs* jobs, uint64_t id, int priority);

typedef int kizuna_job_state;
enum {
    KIZUNA_JOB_DONE = 0,
    KIZUNA_JOB_FAILED = 1,
    KIZUNA_JOB_CANCELLED = 2,
    KIZUNA_JOB_TIMED_OUT = 3
};

typedef struct kizuna_job_result kizuna_job_result;

/* The next result, in the order in which jobs ended; waits for at most that long. *out is NULL where none came. */
KIZUNA_C_API kizuna_status
kizuna_jobs_take(const kizuna_jobs* jobs, int64_t at_most_ms, kizuna_job_result** out);
KIZUNA_C_API void kizuna_job_result_free(kizuna_job_result* result);

/* What a result says. Texts and data are the result's; NULL or 0 where there is none (of key and provider: ""). */
typedef struct kizuna_job_report {
    uint64_t id;
    const char* key;
    kizuna_job_state state;
    kizuna_status status; /* of what failed */
    const char* error;
    const char* path;     /* the file that was written */
    const void* data;     /* the encoded picture */
    size_t data_size;
    kizuna_pixels pixels; /* the picture */
    uint32_t width, height; /* of the result; 0 where it came from the cache */
    const char* provider;
    int from_cache;
    double waited_seconds, ran_seconds, decode_seconds, engine_seconds, encode_seconds;
} kizuna_job_report;

KIZUNA_C_API kizuna_status kizuna_job_result_read(const kizuna_job_result* result, kizuna_job_report* out);

/* --- Everything by name ------------------------------------------------------------------------------ */

/* Runs a command of docs/commands.md in the process's own host: `request` is a JSON object (or NULL: {}), `reply`
 * gets JSON, also when it fails: {"error": {"code": …, "message": …}}. */
KIZUNA_C_API kizuna_status kizuna_command(const char* name, const char* request, kizuna_bytes** reply);

#ifdef __cplusplus
}
#endif
/* NOLINTEND(modernize-deprecated-headers, modernize-use-using) */

#endif
