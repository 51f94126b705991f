#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Our side of the benchmark `ssh_rivals`: `ssh-probe HOSTS MODE [NAME=VALUE]...`.
///
/// When a mode is ready to be measured it prints a line, goes on at a line of input, prints a JSON object of its figures,
/// and ends at another line of input, so that the benchmark can look at the servers at the same moments.
@main
enum SSHProbe {
    static func main() async throws {
        let words = CommandLine.arguments
        let modes: [String: @Sendable (Settings) async throws -> Void] = [
            "polls": OneHost.polls, "fleet": Fleet.run, "pushes": Pushes.run, "cold": ColdStart.run,
            "callers": Commands.callers, "exec": Commands.exec, "bulk": Commands.bulk,
        ]
        guard words.count >= 3, let mode = modes[words[2]] else {
            print("usage: ssh-probe HOSTS \(modes.keys.sorted().joined(separator: "|")) [NAME=VALUE]...")
            exit(64)
        }
        try await mode(try Settings(path: words[1], options: Array(words[3...])))
    }
}
