/// The scripts by which the supervisor comes to a host, or is run there; they run under `/bin/sh`, whatever the login shell.
///
/// They hold no single quote, backslash, `!` or newline, so that every login shell hands them on as they are, and need
/// nothing but POSIX tools and busybox's. The supervisor lies in a directory of the account's own, under its digest. A
/// directory that is a link, another account's, or that others may write to is refused.
enum DeliveryScripts {
    /// What begins the line that says why there is no supervisor: a nonce, a word, and a detail follow.
    static func absence(_ nonce: String) -> String { "codewhale-absent:\(nonce) " }
    /// The line that says that the supervisor is there now.
    static func delivery(_ nonce: String) -> String { "codewhale-delivered:\(nonce)" }

    /// The places for it, first to last: the second is for homes whose first cannot execute.
    private static let places = #""$HOME/.cache/codewhale" "$HOME/.local/state/codewhale/bin""#

    /// Tells whether a directory is the account's own.
    private static let isPrivate =
        #"ok() { [ -O "$1" ] && case $(ls -ld "$1") in d????w*|d???????w*) false;; d*) true;; *) false;; esac; }; "#

    /// Becomes the supervisor; where it is not there, says so, and tries again for every line that it reads.
    ///
    /// Arguments: the nonce, the workspace's id, and `<platform>=<digest>` for each payload.
    static let attach =
        #"n=$1; w=$2; shift 2; umask 077; "# + isPrivate
        + #"while true; do p=$(uname -sm | tr A-Z a-z); p=${p% *}-${p#* }; h=; "#
        + #"for a; do case $a in "$p="*) h=${a#*=};; esac; done; r="absent $p"; "#
        + #"if [ -z "$h" ]; then r="platform $p"; else for d in "# + places + #"; do "#
        + #"if [ -e "$d" ] || [ -L "$d" ]; then if ok "$d"; then f=$d/supervisor-$h; "#
        + #"if [ -x "$f" ] && [ -s "$f" ]; then exec "$f" attach --workspace "$w" --nonce "$n"; fi; "#
        + #"else r="insecure $d"; break; fi; fi; done; fi; "#
        + #"echo "codewhale-absent:$n $r"; read x || exit 0; done"#

    /// Becomes the program that its first argument names.
    static let present = #"p=$1; shift; case $p in "~/"*) p=$HOME/${p#??};; esac; exec "$p" "$@""#

    /// Takes the supervisor from standard input, checks it, and puts it into its place in one step.
    ///
    /// Arguments: the nonce and the digest. It is on the disk before it has its name: after a loss of power it would be
    /// empty there, and none is run that is. What a cut upload left is removed after an hour; older supervisors on which
    /// nothing runs (`ETXTBSY` of open(2)) are removed at once. On a network's file system, which `df` names after its
    /// server, they stay: what other hosts run of them is not seen here, and would die of their removal.
    static let deliver =
        #"n=$1; h=$2; umask 077; r="unwritable $HOME"; "# + isPrivate
        + #"for d in "# + places + #"; do mkdir -p "$d" 2>/dev/null; "#
        + #"if [ -e "$d" ] || [ -L "$d" ]; then true; else r="unwritable $d"; continue; fi; "#
        + #"if ok "$d"; then true; else r="insecure $d"; break; fi; "#
        + #"find "$d" -name ".upload.*" -mmin +60 -exec rm -f {} + 2>/dev/null; t=$d/.upload.$n; "#
        + #"if (echo true > "$t") 2>/dev/null; then true; else r="unwritable $d"; continue; fi; "#
        + #"chmod 700 "$t"; if "$t" 2>/dev/null; then true; else rm -f "$t"; r="noexec $d"; continue; fi; "#
        + #"if cat > "$t" 2>/dev/null; then true; else rm -f "$t"; r="full $d"; break; fi; "#
        + #"s=$(sha256sum < "$t" 2>/dev/null || "$t" --digest); "#
        + #"if [ "${s%% *}" = "$h" ]; then true; else rm -f "$t"; r="damaged $d"; break; fi; "#
        + #"sync "$t" 2>/dev/null || sync; mv -f "$t" "$d/supervisor-$h" || { rm -f "$t"; r="unwritable $d"; continue; }; "#
        + #"case $(df -P "$d" 2>/dev/null) in *:/*|*//*) ;; *) "#
        + #"for o in "$d"/supervisor-*; do if [ "$o" = "$d/supervisor-$h" ]; then continue; fi; "#
        + #"if (: >> "$o") 2>/dev/null; then rm -f "$o"; fi; done;; esac; "#
        + #"echo "codewhale-delivered:$n"; exit 0; done; echo "codewhale-absent:$n $r"; exit 1"#
}
