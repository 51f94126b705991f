import Foundation
import TestServers
import TestSupport
import Testing

/// The command line as it was built, in a workspace of the test's own.
struct Bench {
    /// The repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// What came of a command.
    struct Result {
        let end: ChildProcess.End
        let output: String
        let diagnostics: String

        /// Its exit code; where a signal killed it, its number and 128; -1 where it is not known.
        var code: Int32 {
            switch end {
            case .exited(let code): code
            case .killed(let signal): 128 + signal
            case .unknown: -1
            }
        }

        /// The lines of standard output, each read as JSON.
        var events: [[String: Any]] {
            output.split(separator: "\n")
                .compactMap {
                    try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }
        }

        /// Standard output as one JSON object.
        var json: [String: Any] { events.count == 1 ? events[0] : [:] }
    }

    /// The workspace.
    let workspace: String
    /// Variables of every command, beside `PATH` and `HOME`.
    var variables: [String: String] = [:]
    /// The command line's executable.
    var executable = BuiltProducts.codewhale

    /// A new directory, whose path has a space and a newline.
    init() throws {
        workspace = "/tmp/codewhale bench\n\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: workspace, withIntermediateDirectories: true)
    }

    /// Ends what still runs, removes the workspace, and says what should not have been there.
    func close() -> [String] {
        let left = processes().map { "process left: \($0)" }
        try? FileManager.default.removeItem(atPath: workspace)
        return left
    }

    /// A path in the workspace.
    func path(_ name: String) -> String { "\(workspace)/\(name)" }

    /// Writes a file in the workspace.
    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    /// How `codewhale` is started with arguments, in the workspace.
    func plan(_ arguments: [String], input: String? = nil) throws -> ChildProcess.Plan {
        var plan = ChildProcess.Plan([executable] + arguments)
        plan.directory = workspace
        plan.variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": workspace].merging(variables) { $1 }
        if let input {
            plan.input = path(".input")
            try input.write(toFile: plan.input, atomically: true, encoding: .utf8)
        }
        return plan
    }

    /// Runs `codewhale` to its end.
    func run(_ arguments: String..., input: String? = nil) async throws -> Result {
        try await run(arguments, input: input)
    }

    /// Runs `codewhale` to its end.
    func run(_ arguments: [String], input: String? = nil) async throws -> Result {
        var plan = try plan(arguments, input: input)
        plan.output = path(".output-\(UUID().uuidString)")
        plan.errors = path(".diagnostics-\(UUID().uuidString)")
        let names = [plan.output, plan.errors]
        defer { for name in names { unlink(name) } }
        let end = try await ChildProcess.finish(plan)
        let texts = try names.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return Result(end: end, output: texts[0], diagnostics: texts[1])
    }

    /// What runs for this workspace: attempts by their variables, everything else by its command line.
    func processes() -> [String] {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            let found = listProcesses()
            guard !found.isEmpty, found.allSatisfy(\.isSupervisor), ContinuousClock.now < deadline else {
                return found.map { "\($0.pid) \($0.command)" }
            }
            usleep(2_000)
        }
    }

    private struct Listed {
        let pid: pid_t
        let command: String

        /// The channel of a manager that was killed, or a supervisor whose attempt was ended: they end by themselves,
        /// moments later.
        var isSupervisor: Bool { command.contains("codewhale-supervisor attach ") }
    }

    private func listProcesses() -> [Listed] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }
            .compactMap { pid in
                guard
                    let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat")
                        .map({ String(decoding: $0, as: UTF8.self) }),
                    let close = stat.lastIndex(of: ")"), !stat[close...].hasPrefix(") Z")
                else { return nil }
                let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
                let variables = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
                let isOurs =
                    command.range(of: Data(workspace.utf8)) != nil
                    || variables.range(of: Data("CODEWHALE_ARTIFACTS_DIR=\(workspace)/".utf8)) != nil
                guard isOurs, pid != getpid() else { return nil }
                return Listed(
                    pid: pid,
                    command: String(decoding: command, as: UTF8.self).replacingOccurrences(of: "\0", with: " ")
                )
            }
    }
}
