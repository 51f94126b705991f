#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The account of this process as the system knows it, whatever the environment says.
package enum LocalAccount {
    /// Its home directory; empty where the system knows none.
    package static var home: String { entry.home }
    /// Its name; empty where the system knows none.
    package static var name: String { entry.name }

    /// Asked for once, by `getpwuid_r(3)`: hosts are resolved on many threads, and `getpwuid(3)` has one buffer for all.
    private static let entry: (home: String, name: String) = {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, let found else { return ("", "") }
        func text(_ words: UnsafeMutablePointer<CChar>?) -> String { words.map { String(cString: $0) } ?? "" }
        return (text(found.pointee.pw_dir), text(found.pointee.pw_name))
    }()
}
