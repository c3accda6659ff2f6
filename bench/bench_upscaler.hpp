#pragma once

#include "sample_picture.hpp"

#include "kizuna/precision.hpp"
#include "kizuna/upscaler.hpp"

#include <string>

/// A network on one device.
[[nodiscard]] kizuna::Upscaler
open_upscaler(const std::string& model, const std::string& provider, kizuna::Precision precision);

/// The seconds in the network of one sample picture. It is written as BMP, which costs next to nothing: an
/// encoder that works beside the network would slow it down.
[[nodiscard]] double engine_seconds(const kizuna::Upscaler& upscaler, const PictureSize& size);
