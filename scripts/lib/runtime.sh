#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The runtime image of the proxy: how it is found, and the memory that it gets. Sourced; needs nothing but bash.

# What jlink puts into it.
# shellcheck disable=SC2034 # read by scripts/build-runtime
runtime_modules=java.base,java.logging,jdk.unsupported

# With or without the image; docs/footprint.md has what each is good for. The heap starts small and gives back what it
# doesn't need; half of what is young is for survivors, since what finds no place there is garbage that stays; what malloc has free goes back to the system every two seconds; what runs at the start alone stays
# interpreted: methods are compiled after ten times as many calls as usual. What is busy is compiled by the second compiler
# too, which takes a sixth of the processor time off a request.
# shellcheck disable=SC2034 # read by scripts/sluice
proxy_memory=(
  -Xmx128m -Xms3m -XX:NewSize=1m -XX:SurvivorRatio=2 -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20
  -XX:CompileThresholdScaling=10
  -XX:TieredStopAtLevel=4
  -XX:+UnlockDiagnosticVMOptions -XX:TrimNativeHeapInterval=2000
)

# With the image. Its pages are shared by all proxies of a host if it is mapped where it was made for. Counts of calls from
# the training run would be copied into each proxy, and only the second compiler has use for them. What a proxy
# calls by reflection it calls once; the JVM would make a class for each.
runtime_base=(
  -XX:ArchiveRelocationMode=0 -XX:-AOTRecordTraining -XX:-AOTReplayTraining
  -Djdk.reflect.useNativeAccessorOnly=true
)

# find_runtime HOME: sets runtime to the image of this build, and runtime_options to what the JVM needs to use it.
# Fails if there is none; one that doesn't fit is named on standard error, because somebody made it to be used.
find_runtime() {
  local home=$1 made='' built=''
  runtime=${SLUICE_RUNTIME:-$home/target/runtime}
  # A training run uses the image that is being made, which has no cache yet.
  if [[ -n ${SLUICE_RUNTIME_TRAINED:-} ]]; then
    runtime=$SLUICE_RUNTIME_TRAINED
    runtime_options=("-XX:AOTCacheOutput=$runtime/sluice.aot" "${runtime_base[@]}")
    return 0
  fi
  [[ -e $runtime || -n ${SLUICE_RUNTIME:-} ]] || return 1
  [[ ! -r $runtime/build.stamp ]] || made=$(<"$runtime/build.stamp")
  [[ ! -r $home/target/build.stamp ]] || built=$(<"$home/target/build.stamp")
  if [[ -z $made || $made != "$built at $home" || ! -x $runtime/bin/java ]]; then
    printf 'sluice: the runtime image %s is not of this build: starting without it; scripts/build-runtime makes it anew\n' "$runtime" >&2
    return 1
  fi
  if [[ ! -r $runtime/sluice.aot ]]; then
    printf 'sluice: the runtime image %s has no class cache (sluice.aot) that uid %s can read: starting without the image; scripts/build-runtime makes it anew\n' \
      "$runtime" "$EUID" >&2
    return 1
  fi
  # shellcheck disable=SC2034 # read by scripts/sluice
  # The proxy itself says it, in one line, if the JVM doesn't accept the cache.
  runtime_options=("-XX:AOTCache=$runtime/sluice.aot" "${runtime_base[@]}" "-Dsluice.cache=$runtime/sluice.aot" '-Xlog:aot*=off:stderr')
}
