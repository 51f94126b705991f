import Dispatch
import FleetCore
import Testing

@testable import FleetLedger

/// News of the ledger, without looking at it again and again.
@Suite struct LedgerWatcherTests {
    /// Counts calls, and lets somebody wait for the next.
    private final class Bell: Sendable {
        let rung = DispatchSemaphore(value: 0)

        /// Waits for a call; false where none came in ten seconds.
        func isRung() -> Bool { rung.wait(timeout: .now() + 10) == .success }

        /// Forgets the calls that came.
        func drain() { while rung.wait(timeout: .now()) == .success {} }
    }

    /// A workspace, its ledger, and a watcher of it.
    private func withWatcher(_ body: (Workspace, Ledger, Bell) throws -> Void) throws {
        try withWorkspace { workspace in
            let bell = Bell()
            let watcher = try LedgerWatcher(workspace) { bell.rung.signal() }
            defer { watcher.cancel() }
            try body(workspace, try Ledger(opening: workspace), bell)
        }
    }

    @Test func appendIsTold() throws {
        try withWatcher { _, ledger, bell in
            for _ in 0..<20 {
                bell.drain()
                try ledger.add([.runReopened(.init(run: Samples.run))])
                #expect(bell.isRung())
            }
        }
    }

    @Test func appendOfAnotherProcessIsTold() async throws {
        try await withWorkspaceAsync { workspace in
            let bell = Bell()
            let watcher = try LedgerWatcher(workspace) { bell.rung.signal() }
            let root = workspace.root
            await #expect(processExitsWith: .success) { [root = root as String] in
                try Ledger(opening: Workspace(root: root)).add(Samples.smallRun)
            }
            #expect(bell.isRung())
            watcher.cancel()
        }
    }

    @Test func replacementIsToldAndSoIsWhatComesAfter() throws {
        try withWatcher { workspace, ledger, bell in
            try ledger.add(Samples.smallRun)
            for _ in 0..<3 {
                try Files.write(try Files.read(workspace.ledger), to: workspace.root + "/new")
                bell.drain()
                try Directory.rename(workspace.root + "/new", to: workspace.ledger)
                #expect(bell.isRung())
                bell.drain()
                try ledger.add([.runReopened(.init(run: Samples.run))])
                #expect(bell.isRung())
            }
        }
    }

    @Test func removalIsTold() throws {
        try withWatcher { workspace, _, bell in
            bell.drain()
            Directory.remove(workspace.ledger)
            #expect(bell.isRung())
        }
    }

    /// What is seen last is what is there, however fast it comes.
    @Test func nothingIsMissed() throws {
        try withWatcher { workspace, ledger, bell in
            let reader = try Ledger(opening: workspace)
            let thread = DispatchQueue(label: "writer")
            nonisolated(unsafe) let writer = ledger
            thread.async {
                for _ in 0..<200 { _ = try? writer.add([.runReopened(.init(run: Samples.run))]) }
            }
            while reader.lastSeq < 200 {
                guard bell.isRung() else {
                    Issue.record("no news after record \(reader.lastSeq)")
                    break
                }
                try reader.refresh()
            }
            thread.sync {}
        }
    }

    /// Calls of a watcher that was cancelled end; another's go on.
    @Test func cancelledWatcherIsSilent() throws {
        try withWatcher { workspace, ledger, bell in
            let silent = Bell()
            let watcher = try LedgerWatcher(workspace) { silent.rung.signal() }
            try ledger.add([.runReopened(.init(run: Samples.run))])
            #expect(silent.isRung())
            watcher.cancel()
            bell.drain()
            silent.drain()
            for _ in 0..<10 {
                try ledger.add([.runReopened(.init(run: Samples.run))])
                #expect(bell.isRung())
            }
            // One call may have been on its way.
            _ = silent.rung.wait(timeout: .now())
            #expect(silent.rung.wait(timeout: .now()) == .timedOut)
        }
    }

    @Test func workspaceThatIsNotThereIsMissing() throws {
        try withDirectory { root in
            let error = try #require(throws: LedgerError.self) { try LedgerWatcher(Workspace(root: root)) {} }
            #expect(error.code == .missing)
        }
    }

    /// Descriptors are given back, also of those that were never cancelled.
    @Test func watchersLeaveNoDescriptor() async throws {
        await #expect(processExitsWith: .success) {
            try withWorkspace { workspace in
                let before = try Files.names(in: "/proc/self/fd").count
                for _ in 0..<50 { _ = try LedgerWatcher(workspace) {} }
                // The queue closes them in its own time; another watcher's call comes after that.
                for _ in 0..<1_000 {
                    if try Files.names(in: "/proc/self/fd").count <= before + 2 { return }
                    let bell = Bell()
                    let watcher = try LedgerWatcher(workspace) { bell.rung.signal() }
                    try Ledger(opening: workspace).add([.runReopened(.init(run: Samples.run))])
                    #expect(bell.isRung())
                    watcher.cancel()
                }
                Issue.record("descriptors are left open")
            }
        }
    }
}
