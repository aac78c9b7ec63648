# Sourced by the scripts beside it.
say() { printf '%s\n' "$*" >&2; }

# As root: ourselves, or by a sudo that asks for nothing. Fails where neither is possible.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

# The package lists may be stale or absent: fetch them only when the first try fails.
apt_install() {
    command -v apt-get >/dev/null || return 1
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    as_root apt-get install -qy --no-install-recommends "$@" >/dev/null 2>&1 ||
        { as_root apt-get update -qq && as_root apt-get install -qy --no-install-recommends "$@" >/dev/null 2>&1; }
}
