package import FleetTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension KnownHosts {
    /// A file of known hosts, in memory.
    package struct File: Sendable {
        /// Its path, as messages name it.
        package let path: String
        /// What it holds.
        package let bytes: [UInt8]
        /// Why it could not be read; nil where it could be, or is not there.
        package let fault: String?

        /// The most bytes that a file may have.
        package static let limit = 16 << 20

        /// A file that holds these bytes.
        package init(path: String, bytes: [UInt8]) { self.init(path: path, bytes: bytes, fault: nil) }

        private init(path: String, bytes: [UInt8], fault: String?) {
            self.path = path
            self.bytes = bytes
            self.fault = fault
        }

        /// Reads a file, on the calling thread.
        ///
        /// A file that is not there knows no key. So does one that cannot be read, as with OpenSSH, but it is kept as
        /// a finding.
        ///
        /// - Parameter path: the path, with no `~` or `%` to be expanded.
        /// - Returns: what it holds.
        /// - Throws: ``TransportError`` of code `configuration` where it has more bytes than ``limit``: what it revokes
        ///   may stand behind them.
        package static func read(_ path: String) throws(TransportError) -> File {
            // Non-blocking, so that a pipe to which nobody writes holds up nobody.
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { return without(path, errno) }
            defer { _ = close(descriptor) }
            let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
            defer { part.deallocate() }
            var bytes: [UInt8] = []
            while true {
                let count = readSome(descriptor, part)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { return without(path, errno) }
                guard count > 0 else { return File(path: path, bytes: bytes) }
                bytes.append(contentsOf: part.prefix(count))
                guard bytes.count <= limit else {
                    throw TransportError(
                        .configuration,
                        "\(path) has more than \(limit >> 20) MiB, and is no file of known hosts",
                        hint: "name the right file in known_hosts, or in UserKnownHostsFile of the ssh configuration"
                    )
                }
            }
        }

        /// A file that could not be read.
        private static func without(_ path: String, _ code: CInt) -> File {
            let isMissing = code == ENOENT || code == ENOTDIR
            return File(
                path: path,
                bytes: [],
                fault: isMissing ? nil : "it cannot be read: \(String(cString: strerror(code)))"
            )
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
}
