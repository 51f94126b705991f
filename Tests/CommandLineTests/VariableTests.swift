import Foundation
import TestServers
import Testing

/// A variable that travels with the control channel, from the command line to a task on a builder.
@Suite(
    "Command line: variables",
    .enabled(if: LoopbackServer.program != nil, "gap: there is no OpenSSH server on this machine"),
    .timeLimit(.minutes(2))
)
struct VariableTests {
    @Test(
        "a value reaches the task's environment, and no command line and no file",
        arguments: LoopbackServer.transports
    )
    func channel(_ transport: String) async throws {
        var bench = try Bench()
        defer { #expect(bench.close() == []) }
        let server = try await LoopbackServer()
        // The sockets of the ssh client lie here, too.
        let temporary = "\(server.directory)/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        let marker = "marker-\(UUID().uuidString)"
        bench.variables = ["LC_MARK": marker, "TMPDIR": temporary]
        let pipe = "\(server.home)/hold"
        try #require(mkfifo(pipe, 0o600) == 0)
        let watch = CommandLineWatch()
        let host = server.host(["transport": transport, "env_allowlist": ["LC_MARK"]])
        let command = "printf %s \"$LC_MARK\" | sha256sum; read line < hold"
        let run = try await RemoteRun.begin(bench, ["w": (host, command)])
        defer { run.abandon() }
        #expect(run.processes().contains { $0.variables.contains("LC_MARK=\(marker)") })
        for place in [bench.workspace, server.directory] { #expect(Self.files(in: place, with: marker) == []) }
        // Somebody reads it by now, or soon.
        let isReleased = try await eventually {
            let descriptor = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return descriptor >= 0 && write(descriptor, "\n", 1) == 1 && close(descriptor) == 0
        }
        #expect(isReleased)
        #expect(try await run.end() == 0)
        let seen = try await watch.end()
        #expect(seen.filter { $0.contains(marker) } == [])
        // Where a program carried it, that was seen, with the name.
        #expect(seen.contains { $0.contains("SendEnv=LC_MARK") } == (transport == "system"))
        for place in [bench.workspace, server.directory] { #expect(Self.files(in: place, with: marker) == []) }
        let digest = try await Command.run(["sha256sum"], input: marker).text
        #expect(try await bench.run("fleet", "logs", "\(run.id)/w").output == digest)
        #expect(!run.said().isEmpty)
        _ = await server.close()
    }

    /// The files below a directory that have a text in them.
    private static func files(in directory: String, with text: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            let path = "\(directory)/\(name)"
            let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            guard kind == .typeRegular, let bytes = FileManager.default.contents(atPath: path) else { return false }
            return bytes.range(of: Data(text.utf8)) != nil
        }
    }
}

/// Reads the command lines of all processes, again and again, on a thread of its own.
private final class CommandLineWatch: Sendable {
    private struct State {
        var seen: Set<String> = []
        var isWanted = true
        var isOver = false
    }

    private let state = Watched(State())

    init() {
        DispatchQueue.global()
            .async { [weak self] in
                // A test that failed has let it go.
                while let self, self.state.value.isWanted { self.look() }
                self?.state.change { $0.isOver = true }
            }
    }

    /// Ends it, and gives what was seen.
    func end() async throws -> Set<String> {
        state.change { $0.isWanted = false }
        return try await state.wait("the last look") { $0.isOver }.seen
    }

    private func look() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let lines = names.filter { $0.first?.isNumber ?? false }
            .compactMap { FileManager.default.contents(atPath: "/proc/\($0)/cmdline") }
            .map { String(decoding: $0, as: UTF8.self).replacingOccurrences(of: "\0", with: " ") }
        state.change { $0.seen.formUnion(lines) }
    }
}
