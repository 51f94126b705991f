import Foundation
import TestServers
import Testing

/// A builder whose host name changes while attempts run on it, as a lease of DHCP or an administrator has it.
@Suite("Command line: a builder that is renamed", .timeLimit(.minutes(3)))
struct RenamedBuilderTests {
    private static let canRename =
        geteuid() == 0
        && ["/usr/bin/unshare", "/usr/bin/nsenter"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(
        "what runs there is found again under the new name, and is not started twice",
        .enabled(if: LoopbackServer.program != nil && canRename, "gap: no OpenSSH server, or nobody may rename a host")
    )
    func resumes() async throws {
        // It has a name of its own, so that this machine keeps its.
        let (server, bench) = (try await LoopbackServer(under: ["/usr/bin/unshare", "--uts"]), try Bench())
        defer { #expect(bench.close() == []) }
        let command = "echo started >> starts; while [ ! -e go ]; do sleep 0.05; done"
        let spec: [String: Any] = [
            "tasks": [["id": "t0", "command": command]], "workers": [["id": "w", "host": server.host()]],
        ]
        let run = try await RemoteRun.begin(bench, spec, running: 1)
        defer { run.abandon() }
        run.killManager()
        try await Command.run(["nsenter", "--uts", "--target", "\(server.pid)", "hostname", "renamed"])
        let again = try await run.resume()
        defer { again.abandon() }
        try "".write(toFile: server.home + "/go", atomically: true, encoding: .utf8)
        #expect(try await again.end() == 0, "\(again.said())")
        #expect(try String(contentsOfFile: server.home + "/starts", encoding: .utf8) == "started\n")
        #expect(try run.records("attempt_finished").map { $0["outcome"] as? String } == ["passed"])
        let places = server.listing(server.home).filter { ($0 as NSString).lastPathComponent.hasPrefix("host-") }
        #expect(places.count == 1, "\(places)")
        _ = await server.close()
    }
}
