import Foundation
import TestServers
import Testing

/// Records that are lost take nothing else with them.
@Suite("Command line: lost records", .timeLimit(.minutes(3)))
struct LostRecordTests {
    private static let tasks = (0..<8).map { "t\($0)" }

    @Test("a run whose maker died while it wrote it down is run whole", arguments: ["1.half", "2.before"])
    func torn(death: String) async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await Self.make(&bench, dying: death)
        try await Self.finish(bench, run)
    }

    @Test("tasks whose records are damaged are run all the same, each by its own command", arguments: [0, 3, 7])
    func damaged(place: Int) async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await Self.make(&bench, dying: "2.before")
        try Self.damage(bench) { $0.contains("task_enqueued") && $0.contains("\"t\(place)\"") }
        try await Self.finish(bench, run)
    }

    @Test("a task that was leased is one, whatever became of the record of that, and is not run again")
    func leased() async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        let run = try await Self.make(&bench, dying: "4.after")
        try Self.damage(bench) { $0.contains("task_enqueued") && $0.contains("\"t0\"") }
        try await Self.finish(bench, run)
        let starts = try String(contentsOfFile: bench.path("starts"), encoding: .utf8).split(separator: "\n")
        #expect(starts.map(String.init).sorted() == Self.tasks)
    }

    /// Begins a run whose manager dies, and gives the run's id.
    private static func make(_ bench: inout Bench, dying death: String) async throws -> String {
        let list = tasks.map { #"{"id": "\#($0)", "command": "echo \#($0) | tee -a starts"}"# }
        try bench.write(#"{"tasks": [\#(list.joined(separator: ","))]}"#, to: "spec.json")
        bench.variables["CODEWHALE_DIE_AT_WRITE"] = death
        let first = try await bench.run("fleet", "run", "spec.json")
        #expect(first.end == .killed(signal: SIGKILL), "\(first.output)\(first.diagnostics)")
        bench.variables = [:]
        let runs = try await bench.run("fleet", "runs", "--json").json["runs"] as? [[String: Any]]
        return try #require(runs?.first?["run_id"] as? String)
    }

    /// Makes the lines of the ledger that are meant unreadable.
    private static func damage(_ bench: Bench, _ isMeant: (Substring) -> Bool) throws {
        let path = bench.path(".codewhale/fleet.jsonl")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let lines = text.split(separator: "\n").map { isMeant($0) ? String($0.dropFirst(9)) : String($0) }
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Drives the run to its end: every task has passed, by its own command.
    private static func finish(_ bench: Bench, _ run: String) async throws {
        let end = try await bench.run("fleet", "resume", run)
        #expect(end.code == 0, "\(end.output)\(end.diagnostics)")
        for task in tasks { #expect(try await bench.run("fleet", "logs", "\(run)/\(task)").output == "\(task)\n") }
    }
}
