/// Why the supervisor does not run on a host, in the script's words.
struct SupervisorAbsence: Error, Equatable {
    /// The kinds.
    enum Kind: String {
        /// It is not there yet.
        case absent
        /// There is no payload for the host's platform.
        case platform
        /// Its directory is a link, another account's, or others may write to it.
        case insecure
        /// Its directory cannot be made or written.
        case unwritable
        /// Files there cannot be executed.
        case noexec
        /// The disk is full.
        case full
        /// What arrived is not what was sent.
        case damaged
    }

    /// The kind.
    let kind: Kind
    /// The platform or the directory.
    let detail: String

    /// Reads a line of a script's; nil for another line.
    init?(line: String, nonce: String) {
        let start = DeliveryScripts.absence(nonce)
        guard line.hasPrefix(start) else { return nil }
        let words = line.dropFirst(start.count).split(separator: " ", maxSplits: 1)
        guard let kind = words.first.flatMap({ Kind(rawValue: String($0)) }) else { return nil }
        self.kind = kind
        detail = words.count > 1 ? Self.harmless(words[1]) : ""
    }

    /// What it means for who wanted to work on the host.
    func error(host: String) -> HostError {
        switch kind {
        case .absent:
            HostError(.configuration, "\(host): the supervisor is not there", hint: "platform \(detail)")
        case .platform:
            HostError(
                .configuration,
                "\(host): there is no codewhale-supervisor for its platform, \(detail)",
                hint:
                    "put codewhale-supervisor-\(detail) beside codewhale (Swift's static Linux SDK builds it), or one "
                    + "onto the host, and name its path in \"supervisor\""
            )
        case .insecure:
            HostError(
                .configuration,
                "\(host): \(detail) is a link, another account's, or others may write to it, and is not used",
                hint: "on the host: make it a directory of the account's own, chmod 700"
            )
        case .unwritable:
            HostError(
                .configuration,
                "\(host): \(detail) cannot be written, so that the supervisor cannot be put there",
                hint:
                    "make the account's home writable, or put codewhale-supervisor onto the host and name its path in "
                    + "\"supervisor\""
            )
        case .noexec:
            HostError(
                .configuration,
                "\(host): files in \(detail) cannot be executed",
                hint: "put codewhale-supervisor where the host may execute it, and name its path in \"supervisor\""
            )
        case .full:
            HostError(.configuration, "\(host): the disk is full: \(detail)", hint: "free some space on the host")
        case .damaged:
            HostError(.transport, "\(host): the supervisor did not arrive whole in \(detail)")
        }
    }

    /// Printable, and bounded.
    private static func harmless(_ text: Substring) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(200).filter { $0.value >= 0x20 && $0.value != 0x7f })
        )
    }
}
