# shellcheck shell=bash
# Man pages of what the programs say of themselves (--help), and of the commented examples of their config files. Sourced by
# pi/package.sh, never run.

# Text as it is, for troff.
man_verbatim() { sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/-/\\-/g'; }

# man_help HELP_COMMAND...: what it says, then what each of its subcommands says.
man_help() {
  local help name
  help=$("$@" --help) || return 1
  printf '.nf\n%s\n.fi\n' "$(man_verbatim <<<"$help")"
  while read -r name; do
    printf '.SH %s\n' "${name^^}"
    man_help "$@" "$name"
  done < <(sed -n '/^Subcommands:/,$ s/^  \([a-z][a-z-]*\) .*/\1/p' <<<"$help")
}

# man_program NAME VERSION COMMAND...: section 1
man_program() {
  local name=$1 version=$2 first
  shift 2
  first=$("$@" --help | sed -n '1s/^[^:]*: *//p')
  printf '.TH %s 1 "" "balans %s" "Balans"\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n' "${name^^}" "$version" "$name" \
    "$(man_verbatim <<<"$first")"
  man_help "$@"
  case $name in
    balans) ;;
    *)
      printf '.SH EXIT STATUS\n0: it was asked to stop. 1: something outside failed while it ran. 2: the command line, the '
      printf 'configuration or a key file is refused.\n.SH SIGNALS\nSIGTERM, SIGINT: ends in less than two seconds. SIGHUP: '
      printf 'reads certificates anew and says whether the configuration would be accepted at the next start.\n'
      ;;
  esac
  printf '.SH SEE ALSO\nbalans(1), balans\\-site.yaml(5), balans\\-agent.yaml(5), balans\\-api.yaml(5), '
  printf '/usr/share/doc/%s\n' "$name"
}

# man_config NAME VERSION PROGRAM FILE: section 5
man_config() {
  printf '.TH BALANS-%s 5 "" "balans %s" "Balans"\n.SH NAME\nbalans\\-%s \\- configuration of %s\n' "${1^^}" "$2" "$1" \
    "$(man_verbatim <<<"$3")"
  printf '.SH EXAMPLE\nEvery key is here, with what it means.\n.nf\n%s\n.fi\n.SH SEE ALSO\n%s(1)\n' "$(man_verbatim <"$4")" \
    "$(man_verbatim <<<"$3")"
}
