import FleetCore
import FleetHost
import FleetTransport
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the benchmark has the probe do: the hosts of a file of `word value` lines, and options `name=value`.
struct Settings: Sendable {
    /// A host of the file.
    struct Place: Sendable {
        /// Its port on 127.0.0.1.
        let port: Int
        /// The home of its sessions.
        let home: String
    }

    /// What was found wrong.
    struct Fault: Error {
        let message: String
    }

    private var words: [String: String] = [:]
    private(set) var places: [Place] = []
    private let options: [String: String]

    /// Reads the file, and takes the options as they stand on the command line.
    init(path: String, options: [String]) throws {
        self.options = try Dictionary(
            options.map { option in
                guard let equals = option.firstIndex(of: "=") else { throw Fault(message: "no option: \(option)") }
                return (String(option[..<equals]), String(option[option.index(after: equals)...]))
            }
        ) { $1 }
        for line in try Self.text(of: path).split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            if parts.count == 3, parts[0] == "host", let port = Int(parts[1]) {
                places.append(Place(port: port, home: parts[2]))
            } else if parts.count == 2 {
                words[parts[0]] = parts[1]
            }
        }
    }

    /// A word of the file.
    func word(_ name: String) throws -> String {
        guard let value = words[name] else { throw Fault(message: "the file does not say \(name)") }
        return value
    }

    /// An option that is text.
    func text(_ name: String, default value: String) -> String { options[name] ?? value }

    /// An option that is a number.
    func number(_ name: String, default value: Double) -> Double { options[name].flatMap(Double.init) ?? value }

    /// An option that is a whole number.
    func count(_ name: String, default value: Int) -> Int { options[name].flatMap(Int.init) ?? value }

    /// A place as a host of a spec.
    func spec(_ place: Place) throws -> SSHHostSpec {
        var spec = SSHHostSpec(host: "127.0.0.1", workingDirectory: place.home, codewhaleBinary: "/")
        spec.port = place.port
        spec.user = try word("user")
        spec.identity = try word("identity")
        spec.knownHosts = try word("known_hosts")
        spec.transport = SSHHostSpec.Transport(rawValue: text("transport", default: "libssh2")) ?? .libssh2
        if text("supervisor", default: "delivered") == "present" { spec.supervisor = try word("supervisor") }
        return spec
    }

    /// What makes the adapters of hosts, as the manager has it; its supervisor is read already.
    func connector() throws -> HostConnector {
        let connector = HostConnector(
            workspace: "benchmark0000000",
            payloads: SupervisorPayloads(supervisor: try word("supervisor")),
            environment: Self.environment
        )
        _ = try connector.payloads.all()
        return connector
    }

    /// This process's environment, as far as a transport needs it.
    private static var environment: [String: String] {
        var found: [String: String] = [:]
        for name in ["PATH", "HOME", "USER", "TMPDIR"] {
            if let value = getenv(name) { found[name] = String(cString: value) }
        }
        return found
    }

    /// A small file's text.
    static func text(of path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Fault(message: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&part, 1, part.count, file)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }
}
