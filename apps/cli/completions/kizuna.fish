# fish completion for kizuna

function __kizuna_models
    kizuna models 2>/dev/null | sed -n '/^$/q; s/ .*//p'
end

function __kizuna_providers
    echo auto
    kizuna devices 2>/dev/null | sed 's/ .*//'
end

complete -c kizuna -s h -l help -d 'Print help and exit'
complete -c kizuna -n __fish_use_subcommand -l version -d 'Print the version and exit'
complete -c kizuna -n __fish_use_subcommand -f -a upscale -d 'Upscale pictures'
complete -c kizuna -n __fish_use_subcommand -f -a devices -d 'What can compute on this machine'
complete -c kizuna -n __fish_use_subcommand -f -a models -d 'The networks: list, fetch, take in, check'
complete -c kizuna -n __fish_use_subcommand -f -a info -d 'What is in a file'

complete -c kizuna -n '__fish_seen_subcommand_from devices models info' -l json -d 'As JSON'
complete -c kizuna -n '__fish_seen_subcommand_from devices' -l probe -d 'Names, drivers, memory and measured speed'
complete -c kizuna -n '__fish_seen_subcommand_from devices models' -f
complete -c kizuna -n '__fish_seen_subcommand_from info; and not __fish_seen_subcommand_from models' -a '(__kizuna_models)'

set -l verbs list info pull import verify remove export
set -l models "__fish_seen_subcommand_from models; and __fish_seen_subcommand_from"
complete -c kizuna -n "__fish_seen_subcommand_from models; and not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c kizuna -n "$models info pull verify remove export" -a '(__kizuna_models)'
complete -c kizuna -n "$models pull" -l all -d 'All that can be fetched'
complete -c kizuna -n "$models pull" -l from -r -F -d 'A package that is here already'
complete -c kizuna -n "$models pull" -l progress -x -a 'auto always never' -d 'When to show progress'
complete -c kizuna -n "$models pull" -s q -l quiet -d 'Say nothing but errors'
complete -c kizuna -n "$models pull import" -l family -x -d 'A family or series'
complete -c kizuna -n "$models import" -F
complete -c kizuna -n "$models import" -l name -x -d 'What to call it'
complete -c kizuna -n "$models import" -l scale -x -d 'Its scale'
complete -c kizuna -n "$models import" -l denoise -x -a 'conservative none 0 1 2 3' -d 'Its level'
complete -c kizuna -n "$models import" -l licence -x -d 'Its licence'
complete -c kizuna -n "$models import" -l range -x -d 'What black and white are to it'
complete -c kizuna -n "$models export" -s o -l output -r -F -d 'The file to write'
complete -c kizuna -n "$models export" -l fp16 -d 'Half as large'
complete -c kizuna -n "$models export" -l overwrite -d 'Replace a file that exists'

set -l upscale '__fish_seen_subcommand_from upscale'
complete -c kizuna -n $upscale -s s -l scale -x -d 'Size of the result as a factor'
complete -c kizuna -n $upscale -l width -x -d 'Width of the result'
complete -c kizuna -n $upscale -l height -x -d 'Height of the result'
complete -c kizuna -n $upscale -l fit -x -d 'The largest size inside this box'
complete -c kizuna -n $upscale -l max-pixels -x -d 'Refuse pictures larger than this'
complete -c kizuna -n $upscale -s o -l output -r -F -d 'File, folder, or - for standard output'
complete -c kizuna -n $upscale -s r -l recursive -d 'Folders with all folders below them'
complete -c kizuna -n $upscale -s f -l format -x -a 'png apng jpeg webp avif jxl tiff bmp gif' -d 'Format of the result'
complete -c kizuna -n $upscale -l quality -x -d 'Up to 100'
complete -c kizuna -n $upscale -l effort -x -d 'Higher is slower and smaller'
complete -c kizuna -n $upscale -l lossless -d 'Keep every bit'
complete -c kizuna -n $upscale -l first-frame -d 'Of an animation nothing but its first frame'
complete -c kizuna -n $upscale -l skip-existing -d 'Leave out pictures whose output exists'
complete -c kizuna -n $upscale -l overwrite -d 'Replace outputs that exist'
complete -c kizuna -n $upscale -s j -l jobs -x -d 'Pictures at the same time'
complete -c kizuna -n $upscale -s m -l model -r -F -a '(__kizuna_models)' -d 'Network'
complete -c kizuna -n $upscale -l denoise -x -a 'conservative none 0 1 2 3' -d 'How much noise to remove'
complete -c kizuna -n $upscale -l tile -x -d 'Side of a tile; 0 = as the memory allows'
complete -c kizuna -n $upscale -l overlap -x -d 'What feathered tiles share'
complete -c kizuna -n $upscale -l blend -x -a 'auto exact feather' -d 'How tiles become one picture'
complete -c kizuna -n $upscale -l tta -d 'Mean over 8 turns and flips'
complete -c kizuna -n $upscale -l syncgap -x -a '0 1 2 3' -d 'Means that tiles share; 1 = exact'
complete -c kizuna -n $upscale -l print-tiles -d 'Print the position of every tile'
complete -c kizuna -n $upscale -l provider -x -a '(__kizuna_providers)' -d 'What computes'
complete -c kizuna -n $upscale -l device -x -d 'Which of the provider\'s devices'
complete -c kizuna -n $upscale -l threads -x -d 'Processor threads; 0 = all'
complete -c kizuna -n $upscale -l precision -x -a 'auto fp32 bf16 fp16' -d 'What the device computes with'
complete -c kizuna -n $upscale -l progress -x -a 'auto always never json' -d 'When to show progress'
complete -c kizuna -n $upscale -l profile -r -d 'Write a trace for Perfetto'
complete -c kizuna -n $upscale -s v -l verbose -d 'Say more'
complete -c kizuna -n $upscale -s q -l quiet -d 'Say nothing but errors'
