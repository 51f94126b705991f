@testable import FleetLibSSH2

/// What is asked of one host at a time; who asks more than once takes ``host(_:port:)`` itself.
extension KnownHosts {
    /// What is known of a key that a host showed (``KnownHost/verdict(of:)``); names and ports are those of
    /// ``host(_:port:)``.
    func verdict(forHost host: String, port: Int?, key: [UInt8]) -> KnownHost.Verdict {
        self.host(host, port: port).verdict(of: key)
    }

    /// The types of the keys that are known for a host (``KnownHost/keyTypes``).
    func keyTypes(forHost host: String, port: Int?) -> [String] { self.host(host, port: port).keyTypes }
}
