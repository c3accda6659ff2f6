#pragma once

#include <string_view>

// What --help says beside the options.
namespace kizuna::cli {

inline constexpr std::string_view exit_codes = R"(Exit codes:
  0  everything was done
  1  something failed; standard error names it
  2  the command line is wrong; nothing was done
  130  interrupted (Ctrl-C or SIGTERM); no partial file is left)";

inline constexpr std::string_view main_examples = R"(Examples:
  kizuna upscale photo.png                      to photo_x2.png
  kizuna upscale photo.jpg -o large.webp        to another name and format
  kizuna upscale -r scans/ -o large/            every picture in a folder tree
  kizuna video film.mkv -o film_x2.mkv          a video, with its sound and subtitles
  kizuna models                                 the networks there are
  kizuna models pull real-cugan-se              fetch more of them
  kizuna upscale --help                         every option

)";

inline constexpr std::string_view upscale_examples =
    R"(INPUT is a file, a folder, a pattern in quotes ('*.png'), or '-' for standard input.
Without -o, photo.png becomes photo_x2.png beside it, and a folder photos becomes photos_x2 beside it.

Examples:
  kizuna upscale photo.png
  kizuna upscale photo.png -o large.jpg --quality 92
  kizuna upscale drawing.png --model realesrgan-x4plus-anime --scale 3
  kizuna upscale scan.png --model real-cugan-se --denoise 3
  kizuna upscale wallpaper.png --fit 3840x2160
  kizuna upscale -r scans/ -o large/ --format webp --skip-existing
  kizuna upscale - --format png -o - < small.png > large.png

)";

inline constexpr std::string_view video_examples =
    R"(OUT ends in .mkv, .mp4, .mov, .webm or .nut; or is a sequence of pictures, like frames/%06d.png; or '-',
for raw pictures on standard output. After an interruption the same command goes on where it was.

Examples:
  kizuna video film.mkv -o film_x2.mkv
  kizuna video film.mkv -o look.mkv --preview 00:03:20+5s --compare
  kizuna video film.mkv -o film_x2.mkv --encoder libx265 --crf 18 --preset slow
  kizuna video film.mkv -o 'frames/%06d.png'
  kizuna video film.mkv -o - --pipe nut | ffmpeg -i - ...

)";

inline constexpr std::string_view tune_examples =
    R"(From then on every program that uses Kizuna takes what was the fastest, unless it is told what to take.

Examples:
  kizuna tune                                   the default network
  kizuna tune -m realesrgan-x4plus-anime        another: takes longer
  kizuna tune --provider cuda:1                 a device that is not taken by itself

)";

inline constexpr std::string_view models_examples =
    R"(Examples:
  kizuna models                                 the networks there are, and those that can be fetched
  kizuna models info real-cugan-se              all of a series
  kizuna models pull --family waifu2x-cunet     fetch a family
  kizuna models import my.pth --name mine       one of your own
  kizuna models export real-cugan-se-x2 -o x.onnx --fp16

)";

} // namespace kizuna::cli
