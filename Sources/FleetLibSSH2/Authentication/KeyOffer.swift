import FleetTransport

/// The keys and certificates of files, and in which order they are shown together with the agent's.
struct KeyOffer: Sendable {
    /// The files of keys that are there.
    var files: [PrivateKeyFile] = []
    /// The lines of the certificates that are there.
    var certificates: [[UInt8]] = []
    /// The paths of files that hold no key.
    var unusable: [String] = []

    /// How one key is shown.
    enum Way: Sendable {
        /// A key or a certificate, by a signature of the agent's.
        case agent([UInt8], signer: [UInt8])
        /// A file's key, with a certificate's line where there is one.
        case file(PrivateKeyFile, certificate: [UInt8]?)
    }

    /// One key that is shown.
    struct Attempt: Sendable {
        /// How.
        let way: Way
        /// Why it cannot be; nil where it can.
        var unsupported: String?
    }

    /// Reads files, on the calling thread.
    static func read(_ paths: [String], certificates: [String]) -> KeyOffer {
        var offer = KeyOffer()
        var seen: Set<String> = []
        for path in paths where seen.insert(path).inserted {
            do throws(PrivateKeyFile.Unusable) {
                if let file = try PrivateKeyFile(path) { offer.files.append(file) }
            } catch {
                offer.unusable.append(error.path)
            }
        }
        // As ssh does: where any are named, those that lie beside keys are not looked for.
        offer.certificates =
            certificates.isEmpty
            ? offer.files.compactMap(\.certificate) : certificates.compactMap(IdentityFile.content)
        return offer
    }

    /// What is shown, in OpenSSH's order: certificates, keys of the agent that files name, the agent's others, and files.
    ///
    /// - Parameters:
    ///   - held: the agent's keys.
    ///   - isLimited: whether keys of the agent that no file names are left out.
    /// - Returns: one after the other.
    func attempts(held: [AgentConnection.Key], isLimited: Bool) -> [Attempt] {
        let held = held.map(\.blob)
        let named = files.compactMap(\.publicKey)
        // A certificate is not shown twice: hosts count.
        let shown = Set(named + certificates.compactMap(PrivateKeyFile.key(inLine:)))
        let agentKeys = named.filter(held.contains) + (isLimited ? [] : held.filter { !shown.contains($0) })
        let ownKeys = files.filter { $0.canSign && !($0.publicKey.map(held.contains) ?? false) }
        return certificates.compactMap { certified($0, held) }
            + agentKeys.map { blob in
                Attempt(
                    way: .agent(blob, signer: blob),
                    unsupported: Self.unsupported(HostKey.typeName(of: blob))
                )
            } + ownKeys.map { Attempt(way: .file($0, certificate: nil), unsupported: Self.unsupported($0.type)) }
    }

    /// A certificate, by whoever holds its key: the agent with it or without, or a file.
    private func certified(_ line: [UInt8], _ held: [[UInt8]]) -> Attempt? {
        guard let certificate = PrivateKeyFile.key(inLine: line) else { return nil }
        let reason = Self.unsupported(HostKey.typeName(of: certificate))
        if held.contains(certificate) {
            return Attempt(way: .agent(certificate, signer: certificate), unsupported: reason)
        }
        if let plain = held.first(where: { Self.isCertified($0, by: certificate) }) {
            return Attempt(way: .agent(certificate, signer: plain), unsupported: reason)
        }
        let file = files.first { file in
            file.canSign
                && (file.publicKey.map { Self.isCertified($0, by: certificate) } ?? (file.certificate == line))
        }
        return file.map { Attempt(way: .file($0, certificate: line), unsupported: reason) }
    }

    /// The file of a key that the agent has not signed by, where it can be signed by without.
    func replacement(for attempt: Attempt) -> Attempt? {
        guard case .agent(let key, let signer) = attempt.way,
            let file = files.first(where: { $0.canSign && $0.publicKey == signer })
        else { return nil }
        let line = key == signer ? nil : certificates.first { PrivateKeyFile.key(inLine: $0) == key }
        return Attempt(way: .file(file, certificate: line))
    }

    private static func isCertified(_ key: [UInt8], by certificate: [UInt8]) -> Bool {
        guard let key = try? HostKey(key), let other = try? HostKey(certificate) else { return false }
        return !key.isCertificate && other.isCertificate && key.isSameKey(as: other)
    }

    /// Why the library cannot use a key of a type; nil where it can.
    static func unsupported(_ type: String?) -> String? {
        guard let type else { return nil }
        // What such a device signs is longer than a signature, which is all that the library sends.
        if type.hasPrefix("sk-") { return "libssh2 takes no keys of security devices from an agent; use another" }
        guard !LibSSH2.isModern else { return nil }
        if type.hasPrefix("ssh-rsa") {
            return "libssh2 \(LibSSH2.version) signs with RSA and SHA-1 alone, which servers refuse; "
                + "use an ed25519 or ecdsa key, libssh2 1.11"
        }
        if type.hasPrefix("ssh-ed25519-cert") {
            return "libssh2 \(LibSSH2.version) takes certificates of ecdsa keys alone; use such a one, libssh2 1.11"
        }
        return nil
    }
}
