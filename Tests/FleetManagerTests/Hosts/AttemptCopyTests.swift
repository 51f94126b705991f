import FleetCore
import FleetHost
import FleetLedger
import FleetSupervisor
import FleetWire
import Foundation
import Synchronization
import Testing

@testable import FleetManager

/// What an attempt on another machine leaves is copied here, and nothing that the host says is believed.
@Suite(.timeLimit(.minutes(1))) struct AttemptCopyTests {
    /// A log on a host: all that was written, of which some ranges are kept.
    private static func reader(_ bytes: [UInt8], gaps: [Range<Int>] = [])
        -> @Sendable (FakeMachine, AttemptKey, UInt64, UInt32)
        -> FileChunk
    {
        { _, _, offset, limit in
            var chunk = FileChunk()
            chunk.offset = offset
            chunk.total = UInt64(bytes.count)
            let start = Int(offset)
            if let gap = gaps.first(where: { $0.contains(start) }) {
                chunk.gapEnd = UInt64(gap.upperBound)
            } else if start < bytes.count {
                let end = gaps.map(\.lowerBound).filter { $0 > start }.min() ?? bytes.count
                chunk.bytes = Array(bytes[start..<min(end, start + Int(limit))])
            }
            return chunk
        }
    }

    private static func text(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) } }

    private static func digest(_ bytes: [UInt8]) -> String { SHA256.hexDigest(of: bytes) }

    /// Runs one task on a host, and gives its receipt and what is here of its log.
    private func run(
        _ behaviour: FakeMachine.Behaviour,
        _ change: (inout TaskSpec) -> Void = { _ in },
        check: (Fleet, AttemptRecord, BoundedLogReader) throws -> Void
    ) async throws {
        let machine = FakeMachine { _ in behaviour }
        try await Fleet.with(["h": machine]) { fleet in
            var task = TaskSpec.sample("a")
            task.expectedArtifacts = [.log]
            change(&task)
            let (_, run, manager) = try await fleet.site.drive([task], workers: [.remote("h")])
            let attempt = try #require(run["a"]?.attempts.first)
            let path = fleet.site.workspace.log(manager.runID, task.id, attempt: 1)
            try check(fleet, attempt, BoundedLogReader(path: path, knownTotal: attempt.log.map { UInt64($0.bytes) }))
        }
    }

    private static func read(_ reader: BoundedLogReader) -> [UInt8] {
        var bytes: [UInt8] = []
        var offset: UInt64 = 0
        while true {
            let part = reader.read(offset: offset, limit: 1 << 20)
            bytes += part.bytes
            if let end = part.gapEnd {
                offset = end
            } else if part.bytes.isEmpty {
                return bytes
            } else {
                offset += UInt64(part.bytes.count)
            }
        }
    }

    @Test(arguments: [0, 1, 300, 256 << 10, 700_001]) func theWholeLogIsHereBeforeTheReceiptIs(count: Int) async throws
    {
        let log = Self.text(count)
        let behaviour = FakeMachine.Behaviour(
            finish: {
                $0.logBytes = UInt64(count)
                $0.logDigest = Self.digest(log)
            },
            readLog: Self.reader(log)
        )
        try await run(behaviour) { _, attempt, reader in
            #expect(attempt.outcome == .passed, "\(String(describing: attempt.failure))")
            #expect(attempt.log == LogSummary(bytes: Int64(count), dropped: 0, sha256: Self.digest(log)))
            #expect(Self.read(reader) == log)
        }
    }

    @Test func gapsAreWhereTheHostHasThem() async throws {
        // As a host keeps it: 8 KiB of head, then the last segments.
        let log = Self.text(200_000)
        let gap = 8_192..<8_192 + 10 * 14_336
        let kept = Array(log[..<gap.lowerBound] + log[gap.upperBound...])
        let behaviour = FakeMachine.Behaviour(
            finish: {
                $0.logBytes = UInt64(log.count)
                $0.logDropped = UInt64(gap.count)
                $0.logDigest = Self.digest(kept)
            },
            readLog: Self.reader(log, gaps: [gap])
        )
        try await run(behaviour) {
            $0.logLimitBytes = 64 << 10
        } check: { _, attempt, reader in
            #expect(attempt.outcome == .passed, "\(String(describing: attempt.failure))")
            #expect(attempt.log?.bytes == 200_000)
            #expect(attempt.log?.dropped == Int64(gap.count))
            #expect(Self.read(reader) == kept)
        }
    }

    @Test func aLogGrowsHereWhileTheAttemptRuns() async throws {
        let log = Self.text(10_000)
        let machine = FakeMachine { _ in
            .init(
                exit: nil,
                finish: { $0.logBytes = 10_000 },
                readLog: { _, _, offset, limit in
                    Self.reader(log)(FakeMachine(), AttemptKey(run: "", task: "", attempt: 0, nonce: ""), offset, limit)
                }
            )
        }
        try await Fleet.with(["h": machine]) { fleet in
            let driving = fleet.site.begin(try await fleet.site.create([.sample("a")], workers: [.remote("h")]))
            await machine.calls.wait(for: 2) { if case .log = $0 { true } else { false } }
            let path = fleet.site.workspace.log(driving.run, TaskID(unchecked: "a"), attempt: 1)
            #expect(Self.read(BoundedLogReader(path: path)) == log)
            machine.finish("a")
            #expect(try await driving.end.status == .completed)
            #expect(Self.read(BoundedLogReader(path: path)) == log)
        }
    }

    @Test func aNewManagerHasTheWholeLogToo() async throws {
        let log = Self.text(10_000)
        let machine = FakeMachine { _ in .init(exit: nil, finish: { $0.logBytes = 10_000 }, readLog: Self.reader(log)) }
        try await Fleet.with(["h": machine]) { fleet in
            let driving = fleet.site.begin(try await fleet.site.create([.sample("a")], workers: [.remote("h")]))
            await machine.calls.wait(for: 2) { if case .log = $0 { true } else { false } }
            await driving.die()
            machine.finish("a")
            let manager = try #require(
                try await RunManager.takeOver(driving.run, purpose: .drive, context: fleet.site.context)
            )
            #expect(try await manager.run { _ in }.status == .completed)
            let path = fleet.site.workspace.log(driving.run, TaskID(unchecked: "a"), attempt: 1)
            #expect(Self.read(BoundedLogReader(path: path)) == log)
            #expect(machine.starts.all.count == 1)
        }
    }

    @Test func aLogWithAnotherDigestIsNoArtifact() async throws {
        let behaviour = FakeMachine.Behaviour(
            finish: {
                $0.logBytes = 5
                $0.logDigest = Self.digest([1])
            },
            readLog: Self.reader([1, 2, 3, 4, 5])
        )
        try await run(behaviour) { _, attempt, _ in
            #expect(attempt.failure?.class == .artifact)
            #expect(attempt.failure?.message.contains("digest") == true)
        }
        try await run(behaviour) {
            $0.expectedArtifacts = []
        } check: { _, attempt, _ in
            #expect(attempt.outcome == .passed)
        }
    }

    @Test(
        arguments: [
            { offset in FileChunk.part(offset &+ 1, [1]) },
            { offset in FileChunk.part(offset, Array(repeating: 1, count: 300 << 10)) },
            { offset in FileChunk.gap(offset, .max) },
            { offset in FileChunk.gap(offset, offset == 0 ? 0 : offset - 1) },
        ] as [@Sendable (UInt64) -> FileChunk]
    )
    func aHostThatTellsNonsenseFailsTheLogAlone(part: @escaping @Sendable (UInt64) -> FileChunk) async throws {
        let behaviour = FakeMachine.Behaviour(
            finish: { $0.logBytes = 1_000 },
            readLog: { _, _, offset, _ in part(offset) }
        )
        try await run(behaviour) { _, attempt, _ in
            #expect(attempt.failure?.class == .artifact)
            #expect(attempt.log?.dropped == 1_000)
        }
    }

    // MARK: - Artifacts

    private static func entry(_ path: String, _ bytes: [UInt8], digest: String? = nil) -> ArtifactEntry {
        var entry = ArtifactEntry()
        entry.path = path
        entry.bytes = UInt64(bytes.count)
        entry.digest = digest ?? SHA256.hexDigest(of: bytes)
        entry.pattern = 1
        return entry
    }

    private static func left(_ entries: ArtifactEntry..., content: [UInt8]) -> FakeMachine.Behaviour {
        var reply = CollectReply()
        reply.entries = entries
        return FakeMachine.Behaviour(
            artifacts: reply,
            readArtifact: { _, offset, limit in
                .part(offset, Array(content.dropFirst(Int(offset)).prefix(Int(limit))))
            }
        )
    }

    private static func expectFile(_ task: inout TaskSpec) {
        task.expectedArtifacts = [ExpectedArtifact(kind: "file", path: "**")]
    }

    @Test func filesAreHereAndVerified() async throws {
        let content = Self.text(600_000)
        let behaviour = Self.left(
            Self.entry("x/y/report.bin", content),
            Self.entry("top", content),
            content: content
        )
        try await run(behaviour, Self.expectFile) { fleet, attempt, _ in
            #expect(attempt.outcome == .passed, "\(String(describing: attempt.failure))")
            #expect(attempt.artifacts.count == 2)
            for artifact in attempt.artifacts {
                let path = fleet.site.workspace.root + "/" + (artifact.path ?? "")
                #expect(FileManager.default.contents(atPath: path).map { Array($0) } == content)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
                #expect(mode as? Int == 0o600)
            }
        }
    }

    @Test(arguments: [
        "../x", "/etc/x", "a/../../x", "", "a//b", "./a", "a/", "a\u{7}b", "a\nb", "..",
        String(repeating: "a", count: 300),
    ])
    func aPathThatLeadsElsewhereIsRefused(path: String) async throws {
        try await run(Self.left(Self.entry(path, [1]), content: [1]), Self.expectFile) { fleet, attempt, _ in
            #expect(attempt.failure?.class == .artifact)
            #expect(attempt.artifacts.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: fleet.site.workspace.fleet + "/x"))
        }
    }

    @Test func aFileThatIsNotWhatWasToldIsRefused() async throws {
        for behaviour in [
            Self.left(Self.entry("a", [1, 2], digest: "00"), content: [1, 2]),
            Self.left(Self.entry("a", [1, 2]), content: [1]),
            Self.left(Self.entry("a", [1, 2]), content: [1, 2, 3]),
            Self.left(Self.entry("a", [1, 2]), Self.entry("a/b", [1, 2]), content: [1, 2]),
            Self.left(Self.entry("a", [1, 2]), Self.entry("a", [1, 3]), content: [1, 2]),
        ] {
            try await run(behaviour, Self.expectFile) { fleet, attempt, _ in
                #expect(attempt.failure?.class == .artifact)
                let task = TaskID(unchecked: "a")
                let runs = try fleet.site.runs()
                let directory = fleet.site.workspace.artifacts(try #require(runs.first), task, attempt: 1)
                let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
                #expect(!names.contains(".incoming"))
            }
        }
    }

    @Test func aHostThatGivesAByteAtATimeIsRefused() async throws {
        let content = Self.text(600_000)
        let parts = Mutex(0)
        var behaviour = Self.left(Self.entry("a", content), content: content)
        behaviour.readArtifact = { _, offset, _ in
            parts.withLock { $0 += 1 }
            return .part(offset, [content[Int(offset)]])
        }
        try await run(behaviour, Self.expectFile) { _, attempt, _ in
            #expect(attempt.failure?.class == .artifact)
            #expect(parts.withLock { $0 } == 1)
        }
    }

    @Test func tooMuchIsRefusedBeforeAnythingIsCopied() {
        var huge = ArtifactEntry()
        huge.path = "a"
        huge.bytes = .max
        var other = huge
        other.path = "b"
        #expect(AttemptCopy.fault(of: [huge, other]) != nil)
        #expect(AttemptCopy.fault(of: (0..<1_001).map { Self.entry("f\($0)", []) }) != nil)
        #expect(AttemptCopy.fault(of: [Self.entry("a", [1]), Self.entry("a", [1])]) == nil)
    }
}

extension FileChunk {
    fileprivate static func part(_ offset: UInt64, _ bytes: [UInt8]) -> FileChunk {
        var chunk = FileChunk()
        chunk.offset = offset
        chunk.bytes = bytes
        return chunk
    }

    fileprivate static func gap(_ offset: UInt64, _ end: UInt64) -> FileChunk {
        var chunk = FileChunk()
        chunk.offset = offset
        chunk.gapEnd = end
        return chunk
    }
}
