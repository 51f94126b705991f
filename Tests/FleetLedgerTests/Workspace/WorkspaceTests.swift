import Dispatch
import FleetCore
import Foundation
import Testing

@testable import FleetLedger

/// A workspace's directories and files.
@Suite struct WorkspaceTests {
    @Test func initializingMakesWhatTheDocumentsSay() throws {
        try withDirectory { root in
            let workspace = Workspace(root: root)
            #expect(!workspace.isInitialized)
            let isNew = try workspace.initialize()
            #expect(isNew)
            #expect(workspace.isInitialized)
            #expect(try Files.names(in: root) == [".codewhale"])
            #expect(try Files.names(in: workspace.directory) == ["fleet", "fleet.jsonl", "fleet.lock"])
            #expect(try Files.names(in: workspace.fleet) == ["workspace"])
            #expect(try Files.read(workspace.ledger) == [])
            #expect(try Ledger(opening: workspace).state == WorkspaceState())
        }
    }

    @Test func directoryMustBeThere() throws {
        try withDirectory { root in
            try Files.write([], to: root + "/file")
            for path in [root + "/none/deeper", root + "/none", root + "/file"] {
                let error = #expect(throws: LedgerError.self) { try Workspace(root: path).initialize() }
                #expect(error?.code == .unwritable)
                #expect(error?.message == "\(path) is not a directory")
            }
            #expect(try Files.names(in: root) == ["file"])
        }
    }

    /// Nobody else reads it, whatever the umask says.
    @Test func modesAreThoseOfPrivateFiles() async throws {
        try await withDirectoryAsync { root in
            await #expect(processExitsWith: .success) { [root = root as String] in
                umask(0)
                let workspace = Workspace(root: root)
                try workspace.initialize()
                let ledger = try Ledger(opening: workspace)
                try ledger.add(Samples.smallRun)
                #expect(try ledger.writeSnapshot())
                try workspace.makeRunDirectories(Samples.run)
                _ = try RunLock.tryAcquire(workspace.managerLock(Samples.run))
                try File(workspace.ledger, .append).write([1])
                try ledger.add(Samples.smallRun)
            }
            let workspace = Workspace(root: root)
            var paths = [workspace.directory]
            var seen = 0
            while let path = paths.popLast() {
                let isDirectory = Directory.isDirectory(path)
                #expect(try Files.mode(path) == (isDirectory ? 0o700 : 0o600), "\(path)")
                if isDirectory { paths += try Files.names(in: path).map { "\(path)/\($0)" } }
                seen += 1
            }
            #expect(seen == 11)
        }
    }

    @Test func repeatingChangesNothing() throws {
        try withWorkspace { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            let before = try Files.read(workspace.ledger)
            let id = try workspace.id()
            #expect(try workspace.initialize() == false)
            #expect(try Files.read(workspace.ledger) == before)
            #expect(try workspace.id() == id)
        }
    }

    @Test func whatIsMissingIsMadeAgain() throws {
        try withWorkspace { workspace in
            let id = try workspace.id()
            Directory.remove(workspace.lock)
            #expect(try workspace.initialize())
            #expect(Files.exists(workspace.lock))
            #expect(try workspace.id() == id)
        }
    }

    @Test func manyAtOnceAgree() throws {
        for _ in 0..<10 {
            try withDirectory { root in
                let ids = Shared<[String]>([])
                let made = Shared(0)
                DispatchQueue.concurrentPerform(iterations: 6) { _ in
                    #expect(throws: Never.self) {
                        let workspace = Workspace(root: root)
                        if try workspace.initialize() { made.change { $0 += 1 } }
                        let id = try workspace.id()
                        ids.change { $0.append(id) }
                    }
                }
                #expect(ids.get().count == 6)
                #expect(Set(ids.get()).count == 1)
                #expect(made.get() >= 1)
                let names = try Files.names(in: root + "/.codewhale/fleet")
                #expect(names == ["workspace"])
            }
        }
    }

    @Test func processesAtOnceAgree() async throws {
        try await withDirectoryAsync { root in
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<3 {
                    group.addTask {
                        await #expect(processExitsWith: .success) { [root = root as String, number = number as Int] in
                            let workspace = Workspace(root: root)
                            try workspace.initialize()
                            try Files.write(Array(try workspace.id().utf8), to: root + "/id-\(number)")
                            try Ledger(opening: workspace).add([.runReopened(.init(run: Samples.run))])
                        }
                    }
                }
            }
            let ids = try (0..<3).map { try Files.read(root + "/id-\($0)") }
            #expect(Set(ids).count == 1)
            #expect(try Ledger(opening: Workspace(root: root)).lastSeq == 3)
        }
    }

    @Test func idIsSixteenDigits() throws {
        try withWorkspace { workspace in
            #expect(try workspace.id().utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
            for wrong in [
                "", "\n", "0123456789abcde\n", "0123456789ABCDEF\n", "../../../../etc\n", "0123456789abcdef0\n",
            ] {
                try Files.write(Array(wrong.utf8), to: workspace.idFile)
                let error = try #require(throws: LedgerError.self) { try workspace.id() }
                #expect(error.code == .foreign)
                #expect(error.hint?.contains("16 hexadecimal digits") == true)
            }
            Directory.remove(workspace.idFile)
            #expect(try #require(throws: LedgerError.self) { try workspace.id() }.code == .missing)
            #expect(try workspace.initialize())
            #expect(try workspace.id().utf8.count == 16)
        }
    }

    @Test func nearestWorkspaceAboveIsFound() throws {
        try withWorkspace { workspace in
            let inner = workspace.root + "/a b\n/c"
            try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
            #expect(Workspace.find(from: inner) == workspace)
            #expect(Workspace.find(from: workspace.root) == workspace)
            #expect(Workspace.find(from: workspace.directory) == workspace)
            let nearer = Workspace(root: workspace.root + "/a b\n")
            try nearer.initialize()
            #expect(Workspace.find(from: inner) == nearer)
            // A file of that name makes no workspace.
            try Files.write([], to: inner + "/.codewhale")
            #expect(Workspace.find(from: inner) == nearer)
        }
    }

    @Test func withoutOneAboveItIsTheDirectoryItself() throws {
        try withDirectory { directory in
            #expect(Workspace.find(from: directory).root == directory)
            #expect(Workspace.find(from: directory + "/none").root == directory + "/none")
            try #require(symlink(directory, directory + "/link") == 0)
            #expect(Workspace.find(from: directory + "/link").root == directory)
            #expect(Workspace.find(from: "/").root == "/")
        }
    }

    @Test func directoriesOfARunAreMadeOnce() throws {
        try withWorkspace { workspace in
            for _ in 0..<2 { try workspace.makeRunDirectories(Samples.run) }
            #expect(try Files.names(in: workspace.run(Samples.run)) == ["artifacts", "logs"])
            #expect(workspace.log(Samples.run, Samples.task, attempt: 2).hasSuffix("/fleet/nightly-1/logs/lint.2.log"))
            #expect(
                workspace.artifacts(Samples.run, Samples.task, attempt: 2)
                    .hasSuffix("/fleet/nightly-1/artifacts/lint.2")
            )
            #expect(workspace.managerLock(Samples.run).hasSuffix("/fleet/nightly-1/manager.lock"))
            #expect(workspace.spec(Samples.run).hasSuffix("/fleet/nightly-1/spec.json"))
            #expect(workspace.localState.hasSuffix("/.codewhale/fleet-host/state"))
        }
    }
}
