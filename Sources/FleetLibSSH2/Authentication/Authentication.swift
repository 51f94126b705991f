import CLibSSH2
import FleetTransport
import NIOCore
import NIOPosix

/// Shows a host who we are: keys of the agent, and keys of files, in the order of OpenSSH's client.
struct Authentication: Sendable {
    /// The account.
    let user: String
    /// The files of keys, expanded; those that are not there are passed over.
    let identityFiles: [String]
    /// Whether nothing else is shown than those keys.
    let isLimited: Bool
    /// The agent's socket; nil where there is none.
    let agent: String?
    /// The host in messages.
    let name: String

    /// Authenticates.
    ///
    /// - Throws: ``TransportError``.
    func run(_ connection: NIOLoopBound<SSHConnection>, on eventLoop: any EventLoop) async throws {
        let (files, unusable) = await read()
        let agent = await openAgent(on: eventLoop)
        defer { agent?.close() }
        let known = (try? await agent?.keys()) ?? []
        var refusals: [TransportError] = unusable.map(badFile)

        for attempt in attempts(files, known) {
            if let reason = attempt.unsupported {
                refusals.append(unsupported(reason))
                continue
            }
            do {
                let isAccepted =
                    try await eventLoop.flatSubmit {
                        switch attempt.way {
                        case .agent(let key):
                            guard let agent else { return eventLoop.makeSucceededFuture(false) }
                            return connection.value.authenticate(user: user, key: key) { agent.sign($0, key: key) }
                        case .file(let file, let certificate):
                            return connection.value.authenticate(user: user, file: file, certificate: certificate)
                        }
                    }
                    .get()
                if isAccepted { return }
            } catch let error as LibSSH2Error
                where error.code == LIBSSH2_ERROR_FILE || error.code == LIBSSH2_ERROR_ALLOC
            {
                if case .file(let file, _) = attempt.way { refusals.append(badFile(file.path)) }
            } catch let error as LibSSH2Error {
                // The host ended it: too many keys, or an account that it does not want.
                throw TransportError(
                    .transport,
                    "\(name): the connection was closed before a session was there",
                    reason: .closed,
                    hint: "libssh2: \(error.message)"
                )
            }
        }
        throw refusals.first ?? denied
    }

    // MARK: - What is tried

    private enum Way: Sendable {
        case agent([UInt8])
        case file(PrivateKeyFile, certificate: [UInt8]?)
    }

    private struct Attempt: Sendable {
        let way: Way
        var unsupported: String?
    }

    private func attempts(_ files: [PrivateKeyFile], _ known: [AgentConnection.Key]) -> [Attempt] {
        var attempts: [Attempt] = []
        let held = Set(known.map(\.blob))
        for file in files {
            guard let content = file.certificate, let blob = PrivateKeyFile.key(inLine: content) else { continue }
            let reason = Self.unsupported(HostKey.typeName(of: blob))
            if held.contains(blob) {
                attempts.append(Attempt(way: .agent(blob), unsupported: reason))
            } else if !file.isEncrypted {
                attempts.append(Attempt(way: .file(file, certificate: content), unsupported: reason))
            }
        }
        let named = files.compactMap(\.publicKey)
        let ordered = named.filter(held.contains) + (isLimited ? [] : known.map(\.blob).filter { !named.contains($0) })
        for blob in ordered {
            attempts.append(Attempt(way: .agent(blob), unsupported: Self.unsupported(HostKey.typeName(of: blob))))
        }
        for file in files where !file.isEncrypted && !(file.publicKey.map(held.contains) ?? false) {
            attempts.append(Attempt(way: .file(file, certificate: nil), unsupported: Self.unsupported(file.type)))
        }
        return attempts
    }

    /// Why the library cannot use a key of a type; nil where it can.
    static func unsupported(_ type: String?) -> String? {
        guard !LibSSH2.isModern, let type else { return nil }
        if type.hasPrefix("ssh-rsa") {
            return "libssh2 \(LibSSH2.version) signs with RSA and SHA-1 alone, which servers refuse; "
                + "use an ed25519 or ecdsa key, libssh2 1.11"
        }
        if type.hasPrefix("ssh-ed25519-cert") {
            return "libssh2 \(LibSSH2.version) takes certificates of ecdsa keys alone; use such a one, libssh2 1.11"
        }
        if type.hasPrefix("sk-") { return "libssh2 \(LibSSH2.version) takes no keys of security devices; use another" }
        return nil
    }

    private func read() async -> (files: [PrivateKeyFile], unusable: [String]) {
        let paths = identityFiles
        let result = try? await NIOThreadPool.singleton.runIfActive {
            var files: [PrivateKeyFile] = []
            var unusable: [String] = []
            for path in paths {
                do throws(PrivateKeyFile.Unusable) {
                    if let file = try PrivateKeyFile(path) { files.append(file) }
                } catch {
                    unusable.append(error.path)
                }
            }
            return (files, unusable)
        }
        return result ?? ([], [])
    }

    private func openAgent(on eventLoop: any EventLoop) async -> AgentConnection? {
        guard let agent, !agent.isEmpty else { return nil }
        return try? await AgentConnection.open(agent, on: eventLoop)
    }

    // MARK: - Failures

    private func badFile(_ path: String) -> TransportError {
        TransportError(
            .authentication,
            "\(name): the key file \(path) cannot be used",
            reason: .badKeyFile,
            hint: "name a private key's file in identity"
        )
    }

    private func unsupported(_ why: String) -> TransportError {
        TransportError(
            .configuration,
            "\(name): this key cannot be used with \"transport\": \"libssh2\"",
            reason: .unsupported,
            hint: "\(why), or \"transport\": \"system\""
        )
    }

    private var denied: TransportError {
        TransportError(
            .authentication,
            "\(name): the host accepts none of our keys (\(user))",
            reason: .denied,
            hint:
                "check user and identity, that the public key is in the account's authorized_keys, and that a key "
                + "behind a passphrase is in an agent"
        )
    }
}
