import FleetCore
import FleetLedger
import FleetManager
import Testing

@testable import FleetCommands

@Suite("workers, from a ledger and a file of health written by hand")
struct WorkersTests {
    @Test("Says how each stands, what failed, and what to do")
    @MainActor
    func states() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let file = HealthFile(workspace.place, now: { System.now })
        try file.update { health in
            var host = HostHealth(name: "u@h", transport: "system")
            host.breaker.noteFailure(.lasting, at: System.now)
            host.failures = ["host_key": 1]
            host.lastFailure = .init(class: "host_key", message: "another\u{1b}[31m key", time: System.now)
            host.connects = 4
            health.hosts["k"] = host
            health.workers[TestWorkspace.worker.id] = .init(host: "k")
        }
        let words = ["fleet", "workers", "--workspace", workspace.place.root]
        let console = try TestConsole()
        #expect(await CommandLineEntry.run(words + ["--json"], console: console.console) == 0)
        let answer = try JSONProbe(console.output)
        #expect(answer["schema"].text == "fleet.workers/1")
        let worker = answer["workers"][0]
        #expect(worker["state"].text == "quarantined")
        #expect(worker["transport"].text == "system")
        #expect(worker["health"]["connects"].number == 4)
        #expect(worker["health"]["failures"]["host_key"].number == 1)
        #expect(worker["health"]["last_error"]["class"].text == "host_key")
        #expect(answer["workers"][1]["state"].text == "busy")
        #expect(answer["workers"][1]["slots_used"].number == 1)
        let people = try TestConsole()
        #expect(await CommandLineEntry.run(words, console: people.console) == 0)
        #expect(people.output.contains("--undrain local-1"))
        #expect(!people.output.contains("\u{1b}"))
    }

    @Test("Drains and undrains")
    @MainActor
    func drain() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        func state(_ flags: String...) async throws -> String? {
            let console = try TestConsole()
            let words = ["fleet", "workers", "--workspace", workspace.place.root, "--json"] + flags
            #expect(await CommandLineEntry.run(words, console: console.console) == 0)
            return try JSONProbe(console.output)["workers"][0]["state"].text
        }
        #expect(try await state("--drain", "local-1") == "draining")
        #expect(try await state() == "draining")
        #expect(try await state("--undrain", "local-1") == "idle")
    }

    @Test("A worker that is not there is named")
    @MainActor
    func missing() async throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let console = try TestConsole()
        let words = ["fleet", "workers", "--workspace", workspace.place.root, "--drain", "local-9"]
        #expect(await CommandLineEntry.run(words, console: console.console) == 66)
        #expect(console.diagnostics.contains("local-9"))
    }
}
