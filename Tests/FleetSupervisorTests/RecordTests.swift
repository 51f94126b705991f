import CFleetSupervisor
import FleetWire
import Foundation
import Testing

@testable import FleetSupervisor

@Suite("Records of attempts")
struct RecordTests {
    private static let key = AttemptKey(run: "run", task: "task", attempt: 3, nonce: "abc")

    /// Opens a directory for the length of `body`.
    private static func withDirectory(_ body: (Int32) throws -> Void) throws {
        let place = try TemporaryPlace()
        defer { place.remove() }
        let descriptor = cfleet_openat(AT_FDCWD, place.path, O_RDONLY | O_DIRECTORY, 0)
        defer { _ = close(descriptor) }
        try body(descriptor)
    }

    @Test("what was written is read, section by section; a torn section reads as nothing")
    func sections() throws {
        try Self.withDirectory { directory in
            let record = try AttemptRecordFile.create("task.3.rec", in: directory, start: RecordStart(key: Self.key))
            #expect(try record.read().start?.key == Self.key)
            #expect(try record.read().end == nil)
            var report = AttemptReport(key: Self.key, state: .exited)
            report.exit = .code(7)
            try record.write(.end, report)
            try record.write(.intent, RecordIntent(number: 2, mode: .interrupt, grace: 5))
            let content = try record.read()
            #expect(content.end == report && content.intent?.number == 2 && content.start?.key == Self.key)
            // A byte of the section that differs is enough.
            try writeFully([0xff], to: record.number, at: RecordLayout.Section.end.offset + 30)
            #expect(try record.read().end == nil)
            #expect(try record.read().intent?.number == 2)
        }
    }

    @Test("the space of every section is taken at the start")
    func space() throws {
        try Self.withDirectory { directory in
            let record = try AttemptRecordFile.create("task.3.rec", in: directory, start: RecordStart(key: Self.key))
            let status = try fileStatus(of: record.number)
            #expect(Int(status.st_size) >= RecordLayout.Section.start.offset)
            #expect(Int(status.st_blocks) * 512 >= RecordLayout.Section.start.offset)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test("a record is made once, and its lock is held until every copy of its descriptor is closed")
    func lock() throws {
        try Self.withDirectory { directory in
            let start = RecordStart(key: Self.key)
            let record = try AttemptRecordFile.create("task.3.rec", in: directory, start: start)
            #expect(throws: SystemFault(number: EEXIST)) {
                _ = try AttemptRecordFile.create("task.3.rec", in: directory, start: start)
            }
            let copy = dup(record.number)
            _ = consume record
            guard let other = try AttemptRecordFile.open("task.3.rec", in: directory) else {
                Issue.record("the record is not there")
                return
            }
            let wasHeld = !other.tryLock(shared: true)
            _ = close(copy)
            let isFree = other.tryLock(shared: true)
            #expect(wasHeld && isFree)
        }
    }

    @Test("what a record's name says, and what is no record's name")
    func names() {
        #expect(Self.key.recordName == "task.3.rec")
        let dotted = AttemptKey(run: "r", task: "a.2", attempt: 10, nonce: "")
        #expect(AttemptKey.parse(recordName: "a.2.10.rec", run: "r") == dotted)
        for name in [
            "marks", "task.rec", "task.0.rec", "task.01.rec", ".1.rec", "task.1.log", "task.x.rec", "-a.1.rec",
        ] {
            #expect(AttemptKey.parse(recordName: name, run: "r") == nil, "\(name)")
        }
    }
}

@Suite("Marks of tasks")
struct MarkTests {
    @Test("marks only rise, are shared between processes, and outlive a torn line")
    func marks() throws {
        let place = try TemporaryPlace()
        defer { place.remove() }
        let directory = cfleet_openat(AT_FDCWD, place.path, O_RDONLY | O_DIRECTORY, 0)
        defer { _ = close(directory) }
        let one = Marks(directory: directory)
        let other = Marks(directory: directory)
        try one.lock()
        try one.raise([("a", 2), ("b", 1)], durable: true)
        try one.raise([("a", 1)], durable: false)
        one.unlock()
        try other.lock()
        #expect(other.mark(of: "a") == 2 && other.mark(of: "b") == 1 && other.mark(of: "c") == 0)
        other.unlock()
        // Somebody died in the middle of a line.
        let file = try #require(FileHandle(forWritingAtPath: "\(place.path)/\(Marks.name)"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("c 9 0000".utf8))
        try file.close()
        try one.lock()
        try one.raise([("d", 4)], durable: false)
        one.unlock()
        let third = Marks(directory: directory)
        try third.lock()
        #expect(third.mark(of: "a") == 2 && third.mark(of: "c") == 0 && third.mark(of: "d") == 4)
        third.unlock()
    }

    @Test("a line whose checksum does not fit counts for nothing")
    func damage() throws {
        let place = try TemporaryPlace()
        defer { place.remove() }
        let directory = cfleet_openat(AT_FDCWD, place.path, O_RDONLY | O_DIRECTORY, 0)
        defer { _ = close(directory) }
        let one = Marks(directory: directory)
        try one.lock()
        try one.raise([("task", 7)], durable: false)
        one.unlock()
        let path = "\(place.path)/\(Marks.name)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "task 7", with: "task 8")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let other = Marks(directory: directory)
        try other.lock()
        #expect(other.mark(of: "task") == 0)
        other.unlock()
    }
}
