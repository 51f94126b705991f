/// The script that looks at a host; it runs under `/bin/sh`, and needs POSIX tools or busybox's.
///
/// It holds no single quote, backslash, `!` or newline, so that every login shell hands it on as it is. All that it
/// writes on the host is one empty file in each directory, under a random name, which it removes.
enum HostFactsScript {
    /// What begins each of its lines.
    static func mark(_ nonce: String) -> String { "codewhale-fact:\(nonce) " }

    /// The command line for a target.
    ///
    /// - Parameters:
    ///   - target: the host and what its workers need.
    ///   - digests: the supervisors that would be sent.
    ///   - nonce: begins the lines.
    /// - Returns: the program and its arguments.
    static func arguments(_ target: DoctorTarget, digests: [String], nonce: String) -> [String] {
        let items =
            digests.map { "s:\($0)" } + target.directories.map { "d:\($0)" }
            + target.programs.flatMap { ["x:\(($0.path + [""]).joined(separator: ":"))", "p:\($0.name)"] }
        return ["/bin/sh", "-c", script, "codewhale", nonce] + items
    }

    private static let script =
        #"n=$1; shift; umask 077; i=0; j=0; x=; cw_say() { echo "codewhale-fact:$n $*"; }; "#
        + #"cw_free() { df -Pk "$1" 2>/dev/null | { read l; read f t u a r; echo "${a:-unknown}"; }; }; "#
        + #"cw_dir() { if [ -d "$1" ]; then t=$1/.codewhale-doctor.$n; "#
        + #"if (echo > "$t") 2>/dev/null; then s=writable; else s=readonly; fi; rm -f "$t" 2>/dev/null; "#
        + #"elif [ -e "$1" ]; then s=file; else s=missing; fi; echo "$s $(cw_free "$1")"; }; "#
        + #"cw_prog() { if [ -d "$1" ]; then echo directory; elif [ -x "$1" ]; then echo found; "#
        + #"elif [ -e "$1" ]; then echo noexec; else echo missing; fi; }; "#
        + #"cw_home() { case $1 in "~/"*) echo "$HOME/${1#??}";; *) echo "$1";; esac; }; "#
        + #"cw_say user $(id -u) $(id -un); cw_say shell ${SHELL:-unknown}; cw_say home $(cw_dir "$HOME"); "#
        + #"for a; do v=${a#??}; case $a in "#
        + #"s:*) for d in .cache/codewhale .local/state/codewhale/bin; do "#
        + #"if [ -x "$HOME/$d/supervisor-$v" ]; then cw_say supervisor; fi; done;; "#
        + #"d:*) cw_say directory $i $(cw_dir "$(cw_home "$v")"); i=$((i+1));; "#
        + #"x:*) x=$v;; p:*) case $v in */*) cw_say program $j $(cw_prog "$(cw_home "$v")");; "#
        + #"*) if (PATH=$x$PATH; command -v "$v") >/dev/null 2>&1; then cw_say program $j found; "#
        + #"else cw_say program $j missing; fi;; esac; j=$((j+1));; esac; done; "#
        + #"if [ -d /run/systemd/system ]; then k=no; g=none; "#
        + #"for f in /usr/lib/systemd/logind.conf /etc/systemd/logind.conf /usr/lib/systemd/logind.conf.d/*.conf "#
        + #"/run/systemd/logind.conf.d/*.conf /etc/systemd/logind.conf.d/*.conf; do if [ -r "$f" ]; then "#
        + #"l=$(grep -i "^[[:space:]]*KillUserProcesses[[:space:]]*=" "$f" | tail -n 1); l=${l#*=}; "#
        + #"if [ -n "$l" ]; then k=$l; fi; fi; done; "#
        + #"if [ -e "/var/lib/systemd/linger/$(id -un)" ]; then g=linger; fi; cw_say logind $k $g; "#
        + #"else cw_say logind; fi; cw_say done"#
}
