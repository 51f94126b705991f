import Foundation

/// A directory for one test; ``remove()`` is to be deferred.
struct TemporaryPlace {
    let path: String

    init() throws {
        path = "/tmp/codewhale supervisor \(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// The names in it, in order.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    /// How many bytes its files have.
    var bytes: Int {
        names.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }
}
