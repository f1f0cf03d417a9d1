#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs Debian's Maven on the JDK that find_jdk found. Sourced after jdk.sh; the caller has set $home to the checkout.

# run_maven JDK LOG ARGUMENT...: the output goes to LOG, one line a module to standard error. On failure Maven's error
# lines follow. Returns Maven's status.
run_maven() {
  local jdk=$1 log=$2 status=0
  shift 2
  cd "${home:?}" || return 1
  # Maven's own libraries use Unsafe and native access; the first-tier compiler is the faster one for a short run.
  JAVA_HOME=$jdk \
    MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 ${MAVEN_OPTS:-}" \
    mvn -B -Dstyle.color=never "$@" </dev/null 2>&1 | tee "$log" | maven_progress >&2 || status=${PIPESTATUS[0]}
  if ((status != 0)); then
    sed 's/ -> \[Help [0-9]*\]$//' "$log" | grep -E '^\[ERROR\]|^ERROR|^\[FATAL\]' | grep -vE '^\[ERROR\] *$|\[Help|Re-run Maven|full stack trace|After correcting|<args> -rf|For more information' \
      | head -n 60 >&2 || tail -n 40 "$log" >&2
  fi
  return "$status"
}

# One line for each module and, while the tests run, for each class of tests. A class is told when it has ended.
maven_progress() {
  local line tests='Tests run: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+), Skipped: ([0-9]+), Time elapsed: ([0-9.]+ s).* -- in (.*)'
  while IFS= read -r line; do
    if [[ $line == '[INFO] Building Sluice'* ]]; then
      printf 'sluice: %s\n' "${line#'[INFO] '}"
    elif [[ $line =~ $tests ]]; then
      printf 'sluice:   %s: %s tests, %s failed, %s skipped, %s\n' "${BASH_REMATCH[6]}" "${BASH_REMATCH[1]}" \
        "$((BASH_REMATCH[2] + BASH_REMATCH[3]))" "${BASH_REMATCH[4]}" "${BASH_REMATCH[5]}"
    fi
  done
}

# give_back PATH...: under sudo, files that the build made belong to the owner of the checkout, so that the next build
# need not be root's.
give_back() {
  local owner path
  ((EUID == 0)) || return 0
  owner=$(stat -c %u:%g "$home")
  [[ $owner != 0:0 ]] || return 0
  for path in "$@"; do
    [[ ! -e $path ]] || chown -R "$owner" "$path"
  done
}
