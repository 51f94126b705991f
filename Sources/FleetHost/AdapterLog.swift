package import FleetCore
import NIOConcurrencyHelpers

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What host adapters did and saw, one JSON object a line: channels opened and lost, refusals, ends; never a value of
/// a variable.
///
/// Bounded: at 1 MiB the file becomes `<path>.1`, in the place of the one before. That it cannot be written is no
/// error: the ledger is what counts. Several processes may write to it at once.
package final class AdapterLog: Sendable {
    /// Bytes after which a new file is begun.
    static let limit = 1 << 20

    private let path: String
    private let now: @Sendable () -> Timestamp
    private let lock = NIOLock()

    /// A log at `path`, made with the first line.
    package init(path: String, now: @escaping @Sendable () -> Timestamp) {
        self.path = path
        self.now = now
    }

    /// Adds a line.
    ///
    /// - Parameters:
    ///   - host: the host's name.
    ///   - event: what happened, a word: `connected`, `disconnected`, `fallback`, `found`, `start_failed`, `given_up`,
    ///     `stray`, `ended`.
    ///   - detail: a sentence; what a host said is cut to 1,000 characters and escaped.
    package func write(host: String, event: String, detail: String) {
        var line = JSONText()
        line.open("{")
        line.name("time")
        line.string(now().rfc3339)
        line.name("host")
        line.string(host)
        line.name("event")
        line.string(event)
        line.name("detail")
        // Scalars, not characters: one of these has no bound.
        line.string(String(String.UnicodeScalarView(detail.unicodeScalars.prefix(1_000))))
        line.close("}")
        let bytes = line.bytes + [UInt8(ascii: "\n")]
        lock.withLock { append(bytes) }
    }

    private func append(_ bytes: [UInt8]) {
        for _ in 0..<3 {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { return }
            defer { _ = close(descriptor) }
            var opened = stat()
            var named = stat()
            guard fstat(descriptor, &opened) == 0 else { return }
            if Int(opened.st_size) + bytes.count <= Self.limit {
                _ = bytes.withUnsafeBytes { Self.write(descriptor, $0.baseAddress, $0.count) }
                return
            }
            // Another process may have put it aside at this moment: a fresh file is not to follow.
            if lstat(path, &named) == 0, named.st_ino == opened.st_ino { _ = rename(path, path + ".1") }
        }
    }

    private static func write(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes, count)
        #else
        Darwin.write(descriptor, bytes, count)
        #endif
    }
}
