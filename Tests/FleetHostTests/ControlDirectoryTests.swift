import Foundation
import Testing

@testable import FleetTransport

@Suite("The private directories of ssh clients")
struct ControlDirectoryTests {
    @Test("Of many that are made at once, none is taken for one that was left behind")
    func concurrent() async throws {
        let place = "/tmp/cd-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let missing = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try (0..<100)
                        .count { _ in
                            let directory = try ControlDirectory(environment: ["TMPDIR": place])
                            defer { directory.remove() }
                            return !FileManager.default.fileExists(atPath: directory.path + "/lock")
                                || !directory.path.hasPrefix(place)
                        }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(missing == 0)
    }
}
