#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Finds a JDK. Sourced; defines find_jdk and needs nothing but bash.

SLUICE_JAVA_AT_LEAST=25

# Prints the feature version (25 of 25.0.1, 8 of 1.8.0_412) of the JDK below $1, or nothing if that can't be told.
# The `release` file is read instead of starting `java -version`: the launcher has no time for a second JVM.
java_feature_version() {
  local line version=
  [[ -r $1/release ]] || return 0
  while IFS= read -r line; do
    if [[ $line == JAVA_VERSION=* ]]; then
      version=${line#JAVA_VERSION=}
      version=${version//\"/}
    fi
  done <"$1/release"
  version=${version#1.}
  version=${version%%[!0-9]*}
  printf '%s' "$version"
}

# find_jdk TOOL: prints the home of a JDK that has bin/TOOL (java or javac) and is new enough. JAVA_HOME is asked first,
# then the newest below /usr/lib/jvm. Without one: says on standard error what is missing and what was found, returns 1.
find_jdk() {
  local tool=$1 home version best='' best_version=0 found='' seen=' ' real
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [[ -n $home && -d $home ]] || continue
    real=$(cd -P -- "$home" 2>/dev/null && pwd) || continue
    [[ $seen != *" $real "* ]] || continue
    seen+="$real "
    version=$(java_feature_version "$real")
    if [[ ! -x $real/bin/$tool ]]; then
      [[ -z $version ]] || found+="${found:+, }$home (Java $version without bin/$tool)"
      continue
    fi
    if [[ -z $version ]]; then
      found+="${found:+, }$home (of unknown version: it has no readable release file)"
      continue
    fi
    found+="${found:+, }$home (Java $version)"
    if ((version >= SLUICE_JAVA_AT_LEAST && version > best_version)); then
      best=$real best_version=$version
      # A JAVA_HOME that will do is a choice somebody made; nothing newer overrules it.
      [[ $home != "${JAVA_HOME:-}" ]] || break
    fi
  done
  if [[ -z $best ]]; then
    printf 'sluice: needs a JDK of version %s or later (bin/%s) in JAVA_HOME or below /usr/lib/jvm; found: %s\n' \
      "$SLUICE_JAVA_AT_LEAST" "$tool" "${found:-none}${SUDO_USER:+ (sudo drops JAVA_HOME; sudo JAVA_HOME=... keeps it)}" >&2
    return 1
  fi
  printf '%s' "$best"
}
