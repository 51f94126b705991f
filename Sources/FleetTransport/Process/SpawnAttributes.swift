import CFleetTransport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

#if canImport(Darwin)
private typealias RawActions = posix_spawn_file_actions_t?
private typealias RawAttributes = posix_spawnattr_t?
#else
private typealias RawActions = posix_spawn_file_actions_t
private typealias RawAttributes = posix_spawnattr_t
#endif

/// What a child does with its descriptors before it runs; freed with its last reference.
final class FileActions {
    private let raw: UnsafeMutablePointer<RawActions>

    init() throws {
        raw = .allocate(capacity: 1)
        guard posix_spawn_file_actions_init(raw) == 0 else {
            raw.deallocate()
            throw TransportError(.configuration, "no memory to start a process")
        }
    }

    deinit {
        posix_spawn_file_actions_destroy(raw)
        raw.deallocate()
    }

    /// The child's `target` becomes a copy of `descriptor`.
    func duplicate(_ descriptor: CInt, as target: CInt) {
        posix_spawn_file_actions_adddup2(raw, descriptor, target)
    }

    /// The child keeps 0, 1 and 2 alone.
    func closeOthers() {
        _ = cfleet_close_from(raw, 3)
    }

    /// Lends the C value.
    func withPointer<R>(_ body: (UnsafePointer<posix_spawn_file_actions_t>) -> R) -> R {
        #if canImport(Darwin)
        return raw.withMemoryRebound(to: posix_spawn_file_actions_t.self, capacity: 1) { body($0) }
        #else
        return body(raw)
        #endif
    }
}

/// The session and signals of a child; freed with its last reference.
final class SpawnAttributes {
    private let raw: UnsafeMutablePointer<RawAttributes>

    init() throws {
        raw = .allocate(capacity: 1)
        guard posix_spawnattr_init(raw) == 0 else {
            raw.deallocate()
            throw TransportError(.configuration, "no memory to start a process")
        }
        var every = sigset_t()
        var none = sigset_t()
        sigfillset(&every)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(raw, &every)
        posix_spawnattr_setsigmask(raw, &none)
        let flags = CInt(POSIX_SPAWN_SETSIGDEF) | CInt(POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_setflags(raw, Int16(flags) | cfleet_session_flags())
    }

    deinit {
        posix_spawnattr_destroy(raw)
        raw.deallocate()
    }

    /// Lends the C value.
    func withPointer<R>(_ body: (UnsafePointer<posix_spawnattr_t>) -> R) -> R {
        #if canImport(Darwin)
        return raw.withMemoryRebound(to: posix_spawnattr_t.self, capacity: 1) { body($0) }
        #else
        return body(raw)
        #endif
    }
}
