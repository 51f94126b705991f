import FleetCore
import Foundation
import Testing

@testable import FleetLedger

/// Other things in the place of the ledger and of what belongs to it.
@Suite struct ForeignFileTests {
    @Test(arguments: [
        Array("hello\n".utf8), Array("hello".utf8), Array("# notes\n\n- one\n".utf8), Array("{\"tasks\": []}\n".utf8),
        Array("{ \"v\": 1 }\n".utf8), Array("[1, 2]\n".utf8),
        [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13],
        [0x1f, 0x8b, 8, 0], Array("SQLite format 3\0".utf8), [0xff], Array("\n\n\n".utf8), Array("\0\0\0a\n".utf8),
    ])
    func foreignFileIsRefusedAndLeftAlone(_ bytes: [UInt8]) throws { try check(bytes) }

    @Test func longForeignFileIsRefusedAndLeftAlone() throws {
        try check([UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20))
        try check(Array(String(repeating: "line\n", count: 100_000).utf8))
    }

    private func check(_ bytes: [UInt8]) throws {
        try withWorkspace { workspace in
            try Files.write(bytes, to: workspace.ledger)
            let error = try #require(throws: LedgerError.self) { try Ledger(opening: workspace) }
            #expect(error.code == .foreign)
            #expect(error.message.hasSuffix(".codewhale/fleet.jsonl is not a ledger"))
            #expect(error.hint == "move it away; `codewhale fleet init` makes a new one")
            #expect(try Files.read(workspace.ledger) == bytes)
            #expect(try workspace.initialize() == false)
        }
    }

    @Test func foreignFileThatTakesThePlaceOfAnOpenLedgerIsRefused() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            Directory.remove(workspace.ledger)
            try Files.write(Array("hello\n".utf8), to: workspace.ledger)
            #expect(try #require(throws: LedgerError.self) { try ledger.refresh() }.code == .foreign)
            #expect(try #require(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }.code == .foreign)
            #expect(try Files.read(workspace.ledger) == Array("hello\n".utf8))
        }
    }

    /// A first record may be long, and it may be the one that is damaged.
    @Test(arguments: [10, 100_000, 5 << 20]) func damagedFirstRecordDoesNotMakeItForeign(size: Int) throws {
        try withWorkspace { workspace in
            let name = String(repeating: "n", count: size)
            let events = [Event.runCreated(.init(run: RunID(unchecked: "x"), name: name, specDigest: "", taskCount: 0))]
            var bytes = Array(Samples.lines(events + Samples.smallRun).joined())
            bytes[0] = UInt8(ascii: "[")
            try Files.write(bytes, to: workspace.ledger)
            let ledger = try Ledger(opening: workspace)
            #expect(ledger.damage.map(\.line) == [1])
            #expect(ledger.state.runIDs == [Samples.run])
        }
    }

    /// What stands in a ledger's place and is no file.
    enum Obstacle: String, CaseIterable, Sendable {
        case directory, link, danglingLink, pipe, socket

        func make(at path: String) throws {
            Directory.remove(path)
            switch self {
            case .directory: try #require(mkdir(path, 0o700) == 0)
            case .link:
                try Files.write(Array(Samples.lines(Samples.smallRun).joined()), to: path + ".target")
                try #require(symlink(path + ".target", path) == 0)
            case .danglingLink: try #require(symlink(path + ".none", path) == 0)
            case .pipe: try #require(mkfifo(path, 0o600) == 0)
            case .socket:
                let made = mknod(path, mode_t(S_IFSOCK) | 0o600, 0)
                try #require(made == 0)
            }
        }
    }

    @Test(arguments: Obstacle.allCases) func ledgerMustBeAFile(_ obstacle: Obstacle) throws {
        try withWorkspace { workspace in
            try obstacle.make(at: workspace.ledger)
            let error = try #require(throws: LedgerError.self) { try Ledger(opening: workspace) }
            #expect(error.code == .foreign)
            let again = try #require(throws: LedgerError.self) { try workspace.initialize() }
            #expect(again.code == .foreign)
            #expect(again.message.hasSuffix("fleet.jsonl is not a regular file"))
            #expect(again.hint == "move it away")
        }
    }

    @Test(arguments: Obstacle.allCases) func lockMustBeAFile(_ obstacle: Obstacle) throws {
        try withWorkspace { workspace in
            try obstacle.make(at: workspace.lock)
            let ledger = try Ledger(opening: workspace)
            let error = try #require(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }
            #expect(error.code == .foreign)
            #expect(try Files.read(workspace.ledger) == [])
        }
    }

    @Test(arguments: Obstacle.allCases) func snapshotThatIsNoFileIsNone(_ obstacle: Obstacle) throws {
        try withWorkspace { workspace in
            let written = try Ledger(opening: workspace).add(Samples.smallRun)
            try obstacle.make(at: workspace.snapshot)
            #expect(try Ledger(opening: workspace).state == .fold(written))
        }
    }

    @Test(arguments: [".codewhale", ".codewhale/fleet"]) func directoryMustBeOne(_ name: String) throws {
        try withDirectory { root in
            let workspace = Workspace(root: root)
            if name != ".codewhale" { try #require(mkdir(workspace.directory, 0o700) == 0) }
            try Files.write([], to: "\(root)/\(name)")
            let error = try #require(throws: LedgerError.self) { try workspace.initialize() }
            #expect(error.code == .foreign)
            #expect(error.message == "\(root)/\(name) is not a directory")
        }
    }

    @Test func missingLedgerIsToldWithWhatMakesOne() throws {
        try withDirectory { root in
            let error = try #require(throws: LedgerError.self) { try Ledger(opening: Workspace(root: root)) }
            #expect(error.code == .missing)
            #expect(error.hint == "`codewhale fleet init` makes a workspace")
            let nowhere = Workspace(root: root + "/none")
            #expect(try #require(throws: LedgerError.self) { try nowhere.initialize() }.code == .unwritable)
        }
    }

    @Test func ledgerThatIsRemovedIsMissing() throws {
        try withWorkspace { workspace in
            let ledger = try Ledger(opening: workspace)
            try ledger.add(Samples.smallRun)
            Directory.remove(workspace.ledger)
            #expect(try #require(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }.code == .missing)
            #expect(try #require(throws: LedgerError.self) { try ledger.refresh() }.code == .missing)
        }
    }

    /// Somebody else's files: a child without rights tries.
    @Test func withoutRightsItIsUnwritable() async throws {
        try await withWorkspaceAsync { workspace in
            try Ledger(opening: workspace).add(Samples.smallRun)
            let root = workspace.root
            for path in [workspace.ledger, workspace.lock] { try #require(chmod(path, 0o444) == 0) }
            for path in [workspace.fleet, workspace.directory, root] { try #require(chmod(path, 0o555) == 0) }
            defer { for path in [root, workspace.directory, workspace.fleet] { chmod(path, 0o700) } }
            await #expect(processExitsWith: .success) { [root = root as String] in
                if geteuid() == 0 { try #require(setgid(65_534) == 0 && setuid(65_534) == 0) }
                let workspace = Workspace(root: root)
                let ledger = try Ledger(opening: workspace)
                #expect(ledger.lastSeq == 9)
                let error = try #require(throws: LedgerError.self) { try ledger.add(Samples.smallRun) }
                #expect(error.code == .unwritable)
                #expect(error.hint == "see to its owner and mode")
                #expect(!ledger.writeSnapshotIfUseful())
                #expect(throws: LedgerError.self) { try ledger.writeSnapshot() }
            }
            try #require(chmod(workspace.ledger, 0) == 0)
            await #expect(processExitsWith: .success) { [root = root as String] in
                if geteuid() == 0 { try #require(setgid(65_534) == 0 && setuid(65_534) == 0) }
                let error = try #require(throws: LedgerError.self) { try Ledger(opening: Workspace(root: root)) }
                #expect(error.code == .unwritable)
            }
        }
    }

    @Test func messagesShowNoControlCharacters() throws {
        try withDirectory { directory in
            let root = directory + "/a b\n\u{1b}[31mc"
            try #require(mkdir(root, 0o700) == 0)
            let workspace = Workspace(root: root)
            let error = try #require(throws: LedgerError.self) { try Ledger(opening: workspace) }
            #expect(error.message.contains(#"/a b\n\u{1B}[31mc/.codewhale"#))
            #expect(try workspace.initialize())
            try Ledger(opening: workspace).add(Samples.smallRun)
            #expect(try Ledger(opening: workspace).lastSeq == 9)
        }
    }
}
