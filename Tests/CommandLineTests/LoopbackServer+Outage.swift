import Foundation
import TestServers
import Testing

/// Taking the server away, and giving it back; what runs on the host is not touched.
extension LoopbackServer {
    /// What reaches it.
    static let transports = ["system", "libssh2"]

    /// From now on it says nothing, and neither do the sessions that it has.
    func silence() { for process in processes() { kill(process, SIGSTOP) } }

    /// An end of that.
    func speak() { for process in processes() { kill(process, SIGCONT) } }

    /// Ends it with every session that it has: connections are lost, and new ones refused.
    func stop() async {
        let sessions = processes().filter { $0 != pid }
        await end()
        for session in sessions { kill(session, SIGKILL) }
    }

    /// Starts it again where it was.
    func restart() throws {
        try start(port)
        try #require(pid > 0, "somebody else has taken port \(port)")
    }

    /// What attempts have left in the host's state: records and logs.
    func attemptFiles() -> [String] {
        listing(home).filter { $0.hasSuffix(".rec") || ($0.contains("/logs/") && $0.contains(".log")) }
    }

    /// The server's own processes: the one that listens, and those that carry sessions.
    func processes() -> [pid_t] {
        let servers = HostProcess.all().filter { $0.command.hasPrefix("sshd") }
        var found = [pid]
        while true {
            let more = servers.filter { found.contains($0.parent) && !found.contains($0.pid) }.map(\.pid)
            if more.isEmpty { return found }
            found += more
        }
    }
}
