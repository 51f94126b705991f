import FleetWire
import Foundation
import Testing

@testable import FleetSupervisor

@Suite("Collecting artifacts")
struct CollectorTests {
    private struct Site {
        let place: TemporaryPlace
        let start: RecordStart

        init() throws {
            place = try TemporaryPlace()
            var start = RecordStart(key: AttemptKey(run: "run", task: "task", attempt: 1, nonce: "abc"))
            start.workingDirectory = "\(place.path)/work"
            start.artifactsDirectory = "\(place.path)/artifacts"
            for path in [start.workingDirectory, start.artifactsDirectory] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
            self.start = start
        }

        var source: String { "\(start.workingDirectory)/out.txt" }
        var target: String { "\(start.artifactsDirectory)/out.txt" }

        func collect() -> CollectReply { Collector(start: start, patterns: ["*.txt"]).collect() }

        func time(of path: String) throws -> Date? {
            try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        }
    }

    @Test("a copy that a loss of power has cut short is made anew", arguments: ["", "ten"])
    func cutShort(_ rest: String) throws {
        let site = try Site()
        defer { site.place.remove() }
        try "ten bytes\n".write(toFile: site.source, atomically: false, encoding: .utf8)
        let first = site.collect()
        #expect(first.entries.map(\.bytes) == [10])
        // The name and the times are on the disk, and not all of the bytes.
        var status = stat()
        #expect(lstat(site.target, &status) == 0)
        try rest.write(toFile: site.target, atomically: false, encoding: .utf8)
        #expect(utimensat(AT_FDCWD, site.target, [status.st_atim, status.st_mtim], 0) == 0)
        #expect(site.collect() == first)
        #expect(try String(contentsOfFile: site.target, encoding: .utf8) == "ten bytes\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: site.start.artifactsDirectory) == ["out.txt"])
    }

    @Test("what the program put there itself stays, and a copy stays when its source changes")
    func stays() throws {
        let site = try Site()
        defer { site.place.remove() }
        try "own\n".write(toFile: site.target, atomically: false, encoding: .utf8)
        try "much longer\n".write(toFile: site.source, atomically: false, encoding: .utf8)
        let early = try #require(try site.time(of: site.source)).addingTimeInterval(-10)
        try FileManager.default.setAttributes([.modificationDate: early], ofItemAtPath: site.target)
        #expect(site.collect().entries.map(\.bytes) == [4])
        unlink(site.target)
        #expect(site.collect().entries.map(\.bytes) == [12])
        try "longer than ever before\n".write(toFile: site.source, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.modificationDate: early.addingTimeInterval(100)],
            ofItemAtPath: site.source
        )
        #expect(site.collect().entries.map(\.bytes) == [12])
        unlink(site.source)
        #expect(site.collect().entries.map(\.bytes) == [12])
    }
}
