# Sourced by the other scripts: the one place for build flags, pins and cache folders.
set -euo pipefail

# Plugins that others of the group could replace are refused, so nothing is built group-writable.
umask 022

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# The program and the tests share these flags, so that one build serves both.
build_flags=(-c release -Xswiftc -enable-testing)
ingot="${INGOT:-$root/.build/release/ingot}"

cache="${INGOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ingot}"

# llama.cpp comes inside the source distribution of this Python package.
llama_package=llama-cpp-python
llama_version=0.3.36
llama_bin="$cache/llama.cpp/$llama_version/bin"

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n==> %s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# Swift's own tools serve where binutils is not installed.
object_tool() {
  local swift_bin
  if has "$1"; then
    echo "$1"
    return
  fi
  swift_bin="$(dirname "$(readlink -f "$(command -v swift)")")"
  [ -x "$swift_bin/llvm-$1" ] || die "neither $1 nor llvm-$1 is installed"
  echo "$swift_bin/llvm-$1"
}
