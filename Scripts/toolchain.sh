# shellcheck shell=bash
# Sourced by the other scripts: finds Swift, and installs what apt lacks. Not run by itself.

# need COMMAND PACKAGE...: installs the packages where the command is not there.
need() {
    local command=$1
    shift
    command -v "$command" >/dev/null 2>&1 && return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: $command is not installed; install it (Debian: $*) and run this again" >&2
        exit 1
    fi
    local sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    echo "installing $*" >&2
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
}

# need_library NAME PACKAGE...: the same for a library that pkg-config knows.
need_library() {
    local library=$1
    shift
    need pkg-config pkg-config
    pkg-config --exists "$library" && return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: the library $library is not installed; install it (Debian: $*) and run this again" >&2
        exit 1
    fi
    local sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    echo "installing $*" >&2
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
}

# What a build needs.
need_build() {
    need_swift
    need_library libssh2 libssh2-1-dev libssl-dev
    need_library libcrypto libssl-dev
}

need_swift() {
    command -v swift >/dev/null 2>&1 && return 0
    echo "error: Swift 6.2 or newer is not installed; see https://www.swift.org/install" >&2
    exit 1
}
