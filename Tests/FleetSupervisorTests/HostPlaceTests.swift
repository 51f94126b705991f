import Foundation
import Testing

@testable import FleetSupervisor

@Suite("The directory of a host")
struct HostPlaceTests {
    /// Makes a workspace's directory with hosts' directories, and marks in some.
    private static func place(_ marks: [String: String?]) throws -> TemporaryPlace {
        let place = try TemporaryPlace()
        for (name, mark) in marks {
            try FileManager.default.createDirectory(atPath: "\(place.path)/\(name)", withIntermediateDirectories: false)
            guard let mark else { continue }
            let path = "\(place.path)/\(name)/\(HostPlace.mark)"
            try mark.write(toFile: path, atomically: false, encoding: .utf8)
        }
        return place
    }

    @Test(
        "it has the host's name, or the one that the host had earlier in its life",
        arguments: [
            ([:], "host-new"), (["host-old": "boot 1\n"], "host-old"), (["host-old": "boot 2\n"], "host-new"),
            (["host-old": nil, "host-new": nil], "host-new"),
            (["host-old": "boot 1\n", "host-new": "boot 0\n"], "host-old"),
            (["host-old": "boot", "host-new": "boot 1\n"], "host-new"), (["other": "boot 1\n"], "host-new"),
        ] as [([String: String?], String)]
    )
    func name(_ marks: [String: String?], _ name: String) throws {
        let place = try Self.place(marks)
        defer { place.remove() }
        #expect(try HostPlace.name(in: place.path, own: "host-new", life: "boot 1\n") == name)
    }

    @Test("two of one life are refused, with both names")
    func two() throws {
        let place = try Self.place(["host-old": "boot 1\n", "host-new": "boot 1\n"])
        defer { place.remove() }
        let error = #expect(throws: (any Error).self) {
            try HostPlace.name(in: place.path, own: "host-new", life: "boot 1\n")
        }
        let words = "\(error.map { "\($0)" } ?? "")"
        #expect(words.contains("host-new and host-old"))
    }

    @Test("what was marked is found, and is not written twice")
    func marked() throws {
        let place = try Self.place(["host-old": nil])
        defer { place.remove() }
        let directory = try StateDirectory(existing: "\(place.path)/host-old")
        HostPlace.note(in: directory.descriptor)
        #expect(try HostPlace.name(in: place.path) == "host-old")
        let path = "\(place.path)/host-old/\(HostPlace.mark)"
        let before = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        HostPlace.note(in: directory.descriptor)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date == before)
    }
}
