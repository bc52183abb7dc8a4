# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for gst-master-1.0
_gst_master_1_0 ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words= option=

  # --option=value comes as three words
  if [ "$prev" = "=" ]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [ "$cur" = "=" ]; then
    option=$prev
    cur=
  else
    option=$prev
  fi
  case "$option" in
    -t | --target) words=$("${COMP_WORDS[0]}" --list-targets 2>/dev/null | awk 'NR > 1 { print $1 }') ;;
    -p | --preset) words=$("${COMP_WORDS[0]}" --list-presets 2>/dev/null | awk '{ print $1 }') ;;
    -f | --format) words="flac wav aiff alac opus vorbis mp3 aac" ;;
    -b | --bits) words="16 24" ;;
    -r | --rate) words="44100 48000 88200 96000" ;;
    --dither) words="none rectangular triangular high-pass-triangular" ;;
    --noise-shaping) words="none light medium strong" ;;
    --policy) words="loudness linear peak" ;;
    -l | --loudness | -c | --ceiling | --max-limiting | --max-lra | --track | -j | --jobs | --chain) return ;;
    -o | --output | --report | --verify | --again | --reference | --plot | --ab) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    *)
      case "$cur" in
        -*) words="--output --target --list-targets --loudness --ceiling --policy --max-limiting --max-lra --preset --list-presets
          --chain --format --rate --bits --dither --noise-shaping --track --measure --dry-run --report --reference --plot --ab
          --verify --again --force --keep-silence --recursive --keep-going --fail-fast --resume --jobs --overwrite --quiet --json-progress --version
          --help --help-more --help-all" ;;
        *) COMPREPLY=($(compgen -f -- "$cur")); return ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F _gst_master_1_0 gst-master-1.0
