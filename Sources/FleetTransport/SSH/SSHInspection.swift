/// How the ssh configuration would have a host reached.
package struct SSHInspection: Sendable, Equatable {
    /// The address that is connected to.
    package var hostName: String
    /// The account.
    package var user: String
    /// The port.
    package var port: Int
    /// The jump hosts, first to last.
    package var jumps: [String]
    /// Whether a `ProxyCommand` carries the connection.
    package var hasProxyCommand: Bool
    /// The files of the keys that are tried, where they are there.
    package var identityFiles: [KeyFile]

    /// A private key's file.
    package struct KeyFile: Sendable, Equatable {
        /// Its path.
        package var path: String
        /// Whether the key is behind a passphrase.
        package var isEncrypted: Bool

        /// A file of its parts.
        package init(path: String, isEncrypted: Bool) {
            self.path = path
            self.isEncrypted = isEncrypted
        }
    }

    /// An inspection of its parts.
    package init(
        hostName: String,
        user: String,
        port: Int,
        jumps: [String] = [],
        hasProxyCommand: Bool = false,
        identityFiles: [KeyFile] = []
    ) {
        self.hostName = hostName
        self.user = user
        self.port = port
        self.jumps = jumps
        self.hasProxyCommand = hasProxyCommand
        self.identityFiles = identityFiles
    }
}

extension JumpHost {
    /// The jump host in messages: `user@host:port`, of what was given.
    package var name: String { SSHEndpoint.name(user: user, host: host, port: port) }
}
