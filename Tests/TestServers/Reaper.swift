import Foundation

/// Removes what a run of tests made when the run is over, however it ended.
///
/// A shell of its own reads what there is to remove from a pipe that only this process holds: when that ends, the run is
/// over, also where it was killed.
final class Reaper: Sendable {
    private let process: pid_t
    private let pipe: Int32

    static let shared = Reaper()

    private static let script = #"""
        trap '' INT HUP TERM QUIT
        containers=; networks=; processes=; directories=
        while read -r kind name; do
            case $kind in
            container) containers="$containers $name" ;;
            network) networks="$networks $name" ;;
            process) processes="$processes $name" ;;
            directory) directories="$directories $name" ;;
            esac
        done
        [ -z "$processes" ] || kill -KILL $processes 2>/dev/null
        [ -z "$containers" ] || docker rm --force --volumes $containers >/dev/null 2>&1
        [ -z "$networks" ] || docker network rm $networks >/dev/null 2>&1
        [ -z "$directories" ] || rm -rf --one-file-system $directories
        """#

    private init() {
        var ends: [Int32] = [-1, -1]
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        // No other child may hold the pipe open.
        guard Foundation.pipe(&ends) == 0, null >= 0 else { fatalError("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        do {
            process = try Command.spawn(["/bin/sh", "-c", Reaper.script], environment, [ends[0], null, null])
        } catch {
            fatalError("no reaper: \(error)")
        }
        close(ends[0])
        close(null)
        pipe = ends[1]
        atexit { Reaper.shared.finish() }
    }

    /// Notes something to be removed: `container`, `network`, `process` or `directory`, and a name without blanks.
    func note(_ kind: String, _ name: String) {
        // Short enough to be written in one piece (pipe(7)).
        let line = "\(kind) \(name)\n"
        _ = write(pipe, line, line.utf8.count)
    }

    private func finish() {
        close(pipe)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }
}
