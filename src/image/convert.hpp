#pragma once

#include "image/rows.hpp"

#include <memory>

namespace kizuna {

/// The same picture in another format. Sample types: integers scale to full range, floats are clamped to
/// [0,1] (NaN gives 0) and rounded to nearest. Channels: grey becomes RGB by repetition, an added alpha is
/// opaque, and an alpha that is dropped leaves the picture on white. RGB never becomes grey here
/// (Error{internal}). Returns the source itself where nothing is to be done.
[[nodiscard]] std::unique_ptr<RowSource> convert_format(std::unique_ptr<RowSource> source, PixelFormat to);

} // namespace kizuna
