import CLibSSH2
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A signature that somebody else makes while the library waits for it.
///
/// Runs on the connection's event loop.
final class PendingSignature {
    private let make: ([UInt8]) -> EventLoopFuture<[UInt8]>
    private let isReady: () -> Void
    private var hasBegun = false
    private var result: Result<[UInt8], any Error>?

    /// - Parameters:
    ///   - make: makes the signature of data.
    ///   - isReady: called when it is there.
    init(make: @escaping ([UInt8]) -> EventLoopFuture<[UInt8]>, isReady: @escaping () -> Void) {
        self.make = make
        self.isReady = isReady
    }

    /// Whether nobody made it.
    var hasFailed: Bool { if case .failure = result { true } else { false } }

    /// The signature of data: nil as long as it is being made.
    func signature(of data: [UInt8]) throws -> [UInt8]? {
        if let result { return try result.get() }
        guard !hasBegun else { return nil }
        hasBegun = true
        make(data).assumeIsolated()
            .whenComplete { [self] result in
                self.result = result
                isReady()
            }
        return try result?.get()
    }
}

/// Called by the library for the signature of the key that is tried; says `EAGAIN` until it is there.
func signForSession(
    _ session: OpaquePointer?,
    _ signature: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
    _ length: UnsafeMutablePointer<Int>?,
    _ data: UnsafePointer<UInt8>?,
    _ count: Int,
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CInt {
    guard let pending = streams(of: context)?.signature, let data, let signature, let length else { return -1 }
    do {
        guard let bytes = try pending.signature(of: Array(UnsafeBufferPointer(start: data, count: count))) else {
            return LIBSSH2_ERROR_EAGAIN
        }
        // The library frees it, with the allocator of the session, which is the system's.
        guard !bytes.isEmpty, let copy = malloc(bytes.count) else { return -1 }
        bytes.withUnsafeBytes {
            copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: bytes.count)
        }
        signature.pointee = copy.assumingMemoryBound(to: UInt8.self)
        length.pointee = bytes.count
        return 0
    } catch {
        return -1
    }
}
