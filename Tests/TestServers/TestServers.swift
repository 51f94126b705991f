import Foundation
import Synchronization

/// The servers of a run of tests: each is started when a case asks for it first, and removed with the run.
package actor TestServers {
    package static let shared = TestServers()

    private struct Key: Hashable {
        let kind: TestServer.Kind
        let settings: TestServer.Settings
    }

    private var servers: [Key: Task<TestServer, any Error>] = [:]
    private static let network = Task { try await TestNetwork.make() }
    private static let images = Mutex<[TestServer.Kind: Task<String, any Error>]>([:])

    /// Why no container can be had here; nil where it can.
    ///
    /// `Docker/engine` installs and starts an engine where it may.
    package static let fault: String? = {
        do {
            let output = try Command.runBlocking(["\(sources)/Docker/engine"], [:], "")
            guard output.code == 0 else {
                return output.errors.split(separator: "\n").last.map(String.init) ?? "no engine"
            }
        } catch {
            return "\(error)"
        }
        // The files and processes of containers are looked at from here.
        return geteuid() == 0 ? nil : "the tests look into containers through /proc, which needs root"
    }()

    /// The directory of the package.
    package static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The server of a kind and with settings, which cases share.
    package func server(_ kind: TestServer.Kind, _ settings: TestServer.Settings = .init()) async throws -> TestServer {
        let key = Key(kind: kind, settings: settings)
        let task = servers[key] ?? Task { try await TestServer(kind, settings, in: Self.network.value) }
        servers[key] = task
        return try await task.value
    }

    /// The servers that run.
    package func running() async -> [TestServer] {
        var list: [TestServer] = []
        for task in servers.values { if let server = try? await task.value { list.append(server) } }
        return list
    }

    /// The name of an image, which is built where needed.
    static func image(_ kind: TestServer.Kind) async throws -> String {
        let task = images.withLock { images in
            let task =
                images[kind]
                ?? Task {
                    try await Command.run(["\(sources)/Docker/image", kind.rawValue]).text
                        .trimmingCharacters(in: .whitespacesAndNewlines)
                }
            images[kind] = task
            return task
        }
        return try await task.value
    }
}

/// A network of this run's own, in which addresses can be chosen and kept.
final class TestNetwork: Sendable {
    let name: String
    private let prefix: String
    private let last = Mutex(1)

    private init(name: String, prefix: String) { (self.name, self.prefix) = (name, prefix) }

    static func make() async throws -> TestNetwork {
        var fault: any Error = Command.Failure("no network")
        // The engine refuses what overlaps with a network that is there.
        for _ in 0..<20 {
            let prefix = "10.\(Int.random(in: 200...249)).\(Int.random(in: 0...255))"
            let name = "codewhale-test-\(String(UInt32.random(in: .min ... .max), radix: 36))"
            do {
                try await Command.run([
                    "docker", "network", "create", "--label", "codewhale.test", "--subnet", "\(prefix).0/24", name,
                ])
                Reaper.shared.note("network", name)
                return TestNetwork(name: name, prefix: prefix)
            } catch {
                fault = error
            }
        }
        throw fault
    }

    func nextAddress() -> String {
        let number = last.withLock { last in
            last += 1
            return last
        }
        return "\(prefix).\(number)"
    }
}
