import Foundation
import TestServers
import TestSupport
import Testing

/// A manager that is left behind outlives whoever left it, and the terminal.
@Suite("Command line: detached managers", .timeLimit(.minutes(2)))
struct DetachTests {
    @Test("what --detach leaves survives the end of its terminal, and a hang-up", arguments: ["run", "resume"])
    func logout(_ verb: String) async throws {
        let bench = try Bench()
        defer { #expect(bench.close() == []) }
        let command = NumberedLog.command()
        try bench.write(#"{"tasks": [{"id": "t0", "command": \#(Self.quoted(command))}]}"#, to: "spec.json")
        var words = ["run", "spec.json"]
        if verb == "resume" {
            let run = try await RemoteRun.start(bench, ["tasks": [["id": "t0", "command": command]]])
            #expect(try await eventually(seconds: 30) { try run.tasks()["running"] == 1 })
            run.killManager()
            words = ["resume", run.id]
        }
        // A terminal of its own, which is gone when the command has ended.
        let line = (["'\(BuiltProducts.codewhale)'", "fleet"] + words + ["--detach"]).joined(separator: " ")
        let told = try await Command.run([
            "env", "--chdir", bench.workspace, "script", "--quiet", "--return", "--command", line, "/dev/null",
        ])
        // What is said to people stands on the terminal as well.
        let id = try #require(told.text.split(whereSeparator: \.isNewline).last.map(String.init))
        let status = try await bench.run("fleet", "status", id, "--json").json
        let view = try #require((status["runs"] as? [[String: Any]])?.first)
        let manager = try #require(view["manager"] as? [String: Any])
        #expect(manager["alive"] as? Bool == true)
        let pid = Int32(try #require(manager["pid"] as? Int))
        let process = try #require(HostProcess.read(pid))
        #expect(process.session == pid && process.group == pid)
        #expect(Self.terminal(of: pid) == "0")
        for descriptor in 0...2 {
            let file = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)")
            #expect(file == "/dev/null" || file == bench.path(".codewhale/fleet/\(id)/manager.log"))
        }
        kill(pid, SIGHUP)
        NumberedLog.release(in: bench.workspace)
        #expect(try await eventually(seconds: 30) { HostProcess.read(pid) == nil })
        let after = try await bench.run("fleet", "status", id, "--json").output
        #expect(after.contains(#""status":"completed""#), "\(after)")
        #expect(try NumberedLog.starts(in: bench.workspace) == ["t0": 1])
    }

    /// The number of the terminal that a process has (`proc_pid_stat(5)`, field 7).
    private static func terminal(of pid: Int32) -> String? {
        let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return stat?.split(separator: ")").last?.split(separator: " ").dropFirst(4).first.map(String.init)
    }

    private static func quoted(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed), as: UTF8.self)
    }
}
