# shellcheck shell=bash
# Sourced by the other scripts: finds Swift, and installs what apt lacks. Not run by itself.

# install_packages WHAT PACKAGE...: installs the packages that bring it.
install_packages() {
    local what=$1
    shift
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "error: $what is not installed; install it (Debian: $*) and run this again" >&2
        exit 1
    fi
    local sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    echo "installing $*" >&2
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
}

# need COMMAND PACKAGE...: installs the packages where the command is not there.
need() { command -v "$1" >/dev/null 2>&1 || install_packages "$@"; }

# need_library NAME PACKAGE...: the same for a library that pkg-config knows.
need_library() {
    need pkg-config pkg-config
    pkg-config --exists "$1" || install_packages "$@"
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
