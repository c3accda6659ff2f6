# bash completion for kizuna

_kizuna_models() {
    kizuna models 2>/dev/null | sed -n '/^$/q; s/ .*//p'
}

_kizuna_providers() {
    echo auto
    kizuna devices 2>/dev/null | sed 's/ .*//'
}

_kizuna_verb_options() {
    case "$1" in
        pull) echo --family --all --from --progress -q --quiet ;;
        import) echo --name --scale --denoise --family --licence --range ;;
        export) echo -o --output --fp16 --overwrite ;;
        remove) ;;
        *) echo --json ;;
    esac
}

_kizuna_values() {
    case "$1" in
        -m | --model) _kizuna_models ;;
        --denoise) echo conservative none 0 1 2 3 ;;
        --family) echo real-esrgan real-cugan waifu2x-cunet waifu2x-upconv7 realsr anime4k ;;
        --provider) _kizuna_providers ;;
        -f | --format) echo png apng jpeg webp avif jxl tiff bmp gif ;;
        --blend) echo auto exact feather ;;
        --syncgap) echo 0 1 2 3 ;;
        --precision) echo auto fp32 bf16 fp16 ;;
        --progress) echo auto always never json ;;
        --pipe) echo y4m nut ;;
        --deinterlace) echo auto off on ;;
        --encoder) echo libx264 libx265 libvpx-vp9 libsvtav1 libaom-av1 ffv1 ;;
    esac
}

_kizuna() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words=
    COMPREPLY=()

    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W 'upscale video devices tune models info -h --help --version' -- "$current"))
        return
    fi

    case "$previous" in
        -m | --model | --denoise | --family | --provider | -f | --format | --blend | --syncgap | --precision | --progress | \
            --pipe | --deinterlace | --encoder)
            COMPREPLY=($(compgen -W "$(_kizuna_values "$previous")" -- "$current"))
            # A network may be a file, too.
            case "$previous" in -m | --model) COMPREPLY+=($(compgen -f -- "$current")) ;; esac
            return
            ;;
        -s | --scale | --width | --height | --fit | --max-pixels | --quality | --effort | -j | --jobs | --tile | \
            --overlap | --device | --threads | --crf | --preset | --pix-fmt | --preview | --still-tolerance | --segment | --name | --licence | --range)
            return
            ;;
    esac

    local verb=${COMP_WORDS[2]}
    if [ "$command" = models ] && [ "$COMP_CWORD" -eq 2 ] && [[ $current != -* ]]; then
        COMPREPLY=($(compgen -W 'list info pull import verify remove export' -- "$current"))
        return
    fi

    if [[ $current == -* && $previous != -o && $previous != --output ]]; then
        case "$command" in
            upscale)
                words='-h --help -s --scale --width --height --fit --max-pixels -o --output -r --recursive -f --format
                    --quality --effort --lossless --first-frame --skip-existing --overwrite -j --jobs -m --model --denoise --tile --overlap
                    --blend --tta --syncgap --print-tiles --provider --device --threads --precision
                    --progress --profile -v --verbose -q --quiet'
                ;;
            video)
                words='-h --help -s --scale --width --height --fit --max-pixels -o --output --contact-sheet --overwrite
                    --restart --segment --drop-streams --encoder --crf --preset --pix-fmt --pipe --preview --compare
                    --deinterlace --still-tolerance --temporal -m --model --denoise --tile --overlap --blend --tta
                    --syncgap --provider --device --threads --precision --progress --profile -v --verbose -q --quiet'
                ;;
            devices) words='-h --help --json --probe' ;;
            tune) words='-h --help -m --model --provider --json' ;;
            info) words='-h --help --json' ;;
            models) words="-h --help $(_kizuna_verb_options "$verb")" ;;
        esac
        COMPREPLY=($(compgen -W "$words" -- "$current"))
        return
    fi

    case "$command" in
        upscale | video) COMPREPLY=($(compgen -f -- "$current")) ;;
        info) COMPREPLY=($(compgen -f -- "$current") $(compgen -W "$(_kizuna_models)" -- "$current")) ;;
        models)
            case "$verb:$previous" in
                import:* | export:-o | export:--output | *:--from) COMPREPLY=($(compgen -f -- "$current")) ;;
                *) COMPREPLY=($(compgen -W "$(_kizuna_models)" -- "$current")) ;;
            esac
            ;;
    esac
}

complete -o filenames -F _kizuna kizuna
