#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The variables of this process.
enum ProcessEnvironment {
    /// What they are now.
    static var current: [String: String] { ProcessInfo.processInfo.environment }
}
