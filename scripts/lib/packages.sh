#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages whose programs are missing. Sourced; defines require_programs.

# Programs of the administrator are on nobody's PATH under some su and cron set-ups.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# Debian starts a web server as soon as it is installed; nothing here wants one on the host's port 80. While packages are
# being installed a policy file forbids it. One that a killed run left is known by its comment and taken away.
without_starting_services() (
  policy=/usr/sbin/policy-rc.d
  comment='# made by Sluice while it installs packages'
  if [[ -e $policy ]] && ! grep -qxF "$comment" "$policy"; then
    "$@"
    exit
  fi
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\n%s\nexit 101\n' "$comment" >"$policy"
  chmod 0755 "$policy"
  "$@"
)

# A program by its name, or a file by its path.
is_installed() {
  if [[ $1 == /* ]]; then
    [[ -e $1 ]]
  else
    command -v "$1" >/dev/null 2>&1
  fi
}

# require_programs PROGRAM:PACKAGE...: installs the packages of those programs that are not there, and says which.
require_programs() {
  local pair package missing='' log
  for pair in "$@"; do
    is_installed "${pair%%:*}" && continue
    package=${pair#*:}
    [[ " $missing " == *" $package "* ]] || missing+="${missing:+ }$package"
  done
  [[ -n $missing ]] || return 0
  if ! command -v apt-get >/dev/null; then
    printf 'sluice: missing: %s (names of Debian packages); there is no apt-get here to install them\n' "$missing" >&2
    return 1
  fi
  if ((EUID != 0)); then
    printf 'sluice: missing Debian packages: %s; install them with: sudo apt-get install %s\n' "$missing" "$missing" >&2
    return 1
  fi
  printf 'sluice: installing Debian packages: %s\n' "$missing" >&2
  log=$(mktemp)
  # shellcheck disable=SC2086 # package names hold no blanks
  if ! apt-get update -q >"$log" 2>&1 </dev/null \
    || ! DEBIAN_FRONTEND=noninteractive without_starting_services \
      apt-get install -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends $missing >>"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    printf 'sluice: apt-get could not install: %s (its last lines are above)\n' "$missing" >&2
    return 1
  fi
  rm -f "$log"
  disable_new_services "$missing"
  hash -r
  for pair in "$@"; do
    if ! is_installed "${pair%%:*}"; then
      printf 'sluice: package %s is installed and has no program %s\n' "${pair#*:}" "${pair%%:*}" >&2
      return 1
    fi
  done
}

# The units that came with the packages are not started by the next boot either.
disable_new_services() {
  local package
  [[ -d /run/systemd/system ]] || return 0
  for package in $1; do
    case $package in
      nginx-light) systemctl -q disable nginx.service 2>/dev/null || true ;;
      haproxy) systemctl -q disable haproxy.service 2>/dev/null || true ;;
    esac
  done
}
