#pragma once

/// `big` adds the picture of 10,000 × 10,000 pixels.
void register_upscale_benchmarks(bool big);
