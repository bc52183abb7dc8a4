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
    -f | --format) words="flac wav opus vorbis mp3 aac" ;;
    -b | --bits) words="16 24" ;;
    -r | --rate) words="44100 48000 88200 96000" ;;
    --policy) words="loudness linear peak" ;;
    -l | --loudness | -c | --ceiling | --max-limiting | -j | --jobs | --chain) return ;;
    -o | --output | --report | --reference | --plot | --ab) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    *)
      case "$cur" in
        -*) words="--output --target --list-targets --loudness --ceiling --policy --max-limiting --preset --list-presets --chain
          --format --rate --bits --measure --dry-run --report --reference --plot --ab --force --jobs --overwrite --quiet --version --help" ;;
        *) COMPREPLY=($(compgen -f -- "$cur")); return ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F _gst_master_1_0 gst-master-1.0
