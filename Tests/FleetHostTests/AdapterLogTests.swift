import FleetCore
import Foundation
import Testing

@testable import FleetHost

@Suite struct AdapterLogTests {
    private static func with(_ body: (_ path: String, _ log: AdapterLog) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/local.log"
        try body(path, AdapterLog(path: path) { Timestamp(milliseconds: 1_500) })
    }

    private static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }

    @Test func aLineIsAnObject() throws {
        try Self.with { path, log in
            log.write(host: "local", event: "ended", detail: "t 1: \"stopped\"\n\u{1b}[2J\u{0}")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.hasSuffix("}\n"))
            #expect(text.count { $0 == "\n" } == 1)
            #expect(!text.unicodeScalars.dropLast().contains { $0.value < 0x20 })
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String]
            #expect(
                object == [
                    "time": "1970-01-01T00:00:01.500Z", "host": "local", "event": "ended",
                    "detail": "t 1: \"stopped\"\n\u{1b}[2J\u{0}",
                ]
            )
        }
    }

    @Test func itIsForItsOwnerAlone() throws {
        try Self.with { path, log in
            log.write(host: "h", event: "e", detail: "d")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func itIsBounded() throws {
        try Self.with { path, log in
            let detail = String(repeating: "x", count: 1_000)
            for _ in 0..<2_500 { log.write(host: "h", event: "e", detail: detail) }
            #expect(Self.size(path) <= AdapterLog.limit)
            #expect(Self.size(path + ".1") <= AdapterLog.limit)
            #expect(Self.size(path + ".1") > AdapterLog.limit - 2_000)
            let names = try FileManager.default.contentsOfDirectory(
                atPath: (path as NSString).deletingLastPathComponent
            )
            #expect(names.sorted() == ["local.log", "local.log.1"])
        }
    }

    @Test func aDetailIsCutWhateverItsCharactersAre() throws {
        try Self.with { path, log in
            log.write(host: "h", event: "e", detail: "e" + String(repeating: "\u{301}", count: 500_000))
            #expect(Self.size(path) < 4_000)
        }
    }

    @Test func aLinkIsNotFollowed() throws {
        try Self.with { path, log in
            let target = path + ".target"
            try Data().write(to: URL(fileURLWithPath: target))
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
            log.write(host: "h", event: "e", detail: "d")
            #expect(Self.size(target) == 0)
        }
    }

    @Test func thatItCannotBeWrittenHarmsNothing() {
        AdapterLog(path: "/nonexistent/directory/log") { Timestamp(milliseconds: 0) }
            .write(host: "h", event: "e", detail: "d")
    }

    @Test func severalWritersLoseNoLine() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("log-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/log"
        await withDiscardingTaskGroup { group in
            for writer in 0..<4 {
                group.addTask {
                    let log = AdapterLog(path: path) { Timestamp(milliseconds: 0) }
                    for line in 0..<100 { log.write(host: "h\(writer)", event: "e", detail: "\(line)") }
                }
            }
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 400)
        #expect(Set(lines).count == 400)
    }
}
