import FleetWire
import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The supervisors that can be put on hosts, one for each platform: `codewhale-supervisor-<os>-<arch>` beside the
/// executable, and `codewhale-supervisor` itself for this machine's own platform.
package final class SupervisorPayloads: Sendable {
    /// A supervisor's file.
    package struct Payload: Sendable, Equatable {
        /// `<os>-<arch>`, such as `linux-x86_64`.
        package let platform: String
        /// Where it lies here.
        package let path: String
        /// Its SHA-256, in hex.
        package let digest: String
        /// Its length in bytes.
        package let size: Int
    }

    private let directory: String
    private let own: String
    private let cache = NIOLockedValueBox<[Payload]?>(nil)

    /// The platforms that a payload is looked for, beside this machine's own.
    static let platforms = ["linux-x86_64", "linux-aarch64", "linux-armv7l", "linux-riscv64", "darwin-arm64"]

    /// This machine's platform, as `uname` names it.
    package static let ownPlatform: String = {
        var names = utsname()
        uname(&names)
        let system = withUnsafeBytes(of: &names.sysname) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let machine = withUnsafeBytes(of: &names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return "\(system.lowercased())-\(machine)"
    }()

    /// The payloads that lie beside a supervisor of this machine.
    package init(supervisor: String) {
        own = supervisor
        directory = supervisor.lastIndex(of: "/").map { String(supervisor[..<$0]) } ?? "."
    }

    /// All that are there; read once.
    ///
    /// Blocks for the files' reading.
    package func all() throws -> [Payload] {
        if let known = cache.withLockedValue({ $0 }) { return known }
        var payloads: [Payload] = []
        for platform in Self.platforms {
            let named = "\(directory)/codewhale-supervisor-\(platform)"
            let path = access(named, R_OK) != 0 && platform == Self.ownPlatform ? own : named
            if access(path, R_OK) == 0 { payloads.append(try Self.payload(platform, path)) }
        }
        cache.withLockedValue { $0 = payloads }
        return payloads
    }

    private static func payload(_ platform: String, _ path: String) throws -> Payload {
        var digest = SHA256()
        var size = 0
        try read(path) { part in
            digest.update(part)
            size += part.count
        }
        return Payload(platform: platform, path: path, digest: digest.hexDigest(), size: size)
    }

    /// Reads a file in parts, on the calling thread.
    static func read(_ path: String, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw HostError(
                .configuration,
                "the supervisor \(path) cannot be read: \(String(cString: strerror(errno)))",
                hint: "install codewhale and codewhale-supervisor into the same directory"
            )
        }
        defer { _ = close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = readSome(descriptor, buffer)
            guard count >= 0 else {
                throw HostError(
                    .configuration,
                    "the supervisor \(path) cannot be read: \(String(cString: strerror(errno)))"
                )
            }
            guard count > 0 else { return }
            try take(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        }
    }

    private static func readSome(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
        Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}
