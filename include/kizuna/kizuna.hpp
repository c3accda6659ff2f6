#pragma once

// All of libkizuna's C++ interface.
#include "kizuna/cancel.hpp"
#include "kizuna/device.hpp"
#include "kizuna/error.hpp"
#include "kizuna/image.hpp"
#include "kizuna/image_file.hpp"
#include "kizuna/job.hpp"
#include "kizuna/jobs.hpp"
#include "kizuna/log.hpp"
#include "kizuna/model.hpp"
#include "kizuna/precision.hpp"
#include "kizuna/progress.hpp"
#include "kizuna/result_cache.hpp"
#include "kizuna/trace.hpp"
#include "kizuna/upscale_options.hpp"
#include "kizuna/upscaler.hpp"
#include "kizuna/version.hpp"
