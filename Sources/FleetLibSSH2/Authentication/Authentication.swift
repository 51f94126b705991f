import CLibSSH2
import DequeModule
import FleetTransport
import NIOCore

/// Shows a host who we are: keys of the agent, and keys of files, in the order of OpenSSH's client.
struct Authentication: Sendable {
    /// The account.
    let user: String
    /// The files of keys, expanded; those that are not there are passed over.
    let identityFiles: [String]
    /// The files of certificates, likewise.
    let certificateFiles: [String]
    /// Whether nothing else is shown than those keys.
    let isLimited: Bool
    /// The agent's socket; nil where there is none.
    let agent: String?
    /// Methods beside keys by which the system's client would sign in, by their names.
    let otherMethods: [String]
    /// The host in messages.
    let name: String

    /// Authenticates.
    ///
    /// - Throws: ``TransportError``.
    func run(
        _ connection: NIOLoopBound<SSHConnection>,
        on eventLoop: any EventLoop,
        watch: NIOLoopBound<ConnectWatch>
    ) async throws {
        let (identityFiles, certificateFiles) = (self.identityFiles, self.certificateFiles)
        let offer = try await watch.read { KeyOffer.read(identityFiles, certificates: certificateFiles) }
        let agent = await openAgent(on: eventLoop, watch)
        defer { agent?.close() }
        let known = (try? await agent?.keys()) ?? []
        var outcome = Outcome(badFiles: offer.unusable.map { ($0, badFile($0)) })

        var attempts = Deque(offer.attempts(held: known, isLimited: isLimited))
        while let attempt = attempts.popFirst() {
            if let reason = attempt.unsupported {
                outcome.unsupported = outcome.unsupported ?? unsupported(reason)
                continue
            }
            if case .file(let file, _) = attempt.way, file.isExposed {
                outcome.badFiles.append((file.path, exposed(file.path)))
                continue
            }
            do {
                switch try await show(attempt.way, to: connection, agent) {
                case .accepted: return
                case .refused: outcome.hasRefusal = true
                case .unsigned: if let other = offer.replacement(for: attempt) { attempts.prepend(other) }
                }
            } catch let error as LibSSH2Error {
                let (isEnded, farewell) =
                    try await eventLoop.submit {
                        (connection.value.streams.isEnded, connection.value.streams.farewell)
                    }
                    .get()
                guard !isEnded else { throw ended(farewell, outcome, error) }
                // A key that the library cannot sign by; the next may do.
                if case .file(let file, _) = attempt.way { outcome.badFiles.append((file.path, badFile(file.path))) }
            }
        }
        // ssh asks this first. Nearly every host wants a key, so that it comes last here, and costs nobody's connect time.
        do {
            let welcome = try await connection.eventLoop.flatSubmit { connection.value.authenticate(user: user) }.get()
            switch welcome {
            case .accepted: return
            case .methods(let names): outcome.otherMethod = otherMethods.first(where: names.contains)
            }
        } catch is LibSSH2Error {
            // The host has had enough of us, after what it refused.
        }
        throw verdict(outcome)
    }

    /// What became of the keys, when none was accepted.
    private struct Outcome {
        /// Files whose keys could not be shown, in their order.
        var badFiles: [(path: String, error: TransportError)]
        /// The first key that another transport can show.
        var unsupported: TransportError?
        /// Whether the host has refused a key.
        var hasRefusal = false
        /// What the host takes that the system's client can show, and we cannot.
        var otherMethod: String?
    }

    /// Another transport may sign in by a key that this one cannot use, whatever else is wrong; that the host refused a
    /// key says more than that another has a file that is none, as the client's default files often are.
    private func verdict(_ outcome: Outcome) -> TransportError {
        if let unsupported = outcome.unsupported { return unsupported }
        var error = outcome.hasRefusal ? denied(outcome) : outcome.badFiles.first?.error ?? denied(outcome)
        if let method = outcome.otherMethod {
            error.reason = .otherMethod
            error.hint = [
                error.hint,
                "the host takes \(method) too, which ssh is set up for and \"transport\": \"libssh2\" cannot show",
            ]
            .compactMap(\.self).joined(separator: "; ")
        }
        return error
    }

    private func show(
        _ way: KeyOffer.Way,
        to connection: NIOLoopBound<SSHConnection>,
        _ agent: AgentConnection?
    ) async throws -> KeyVerdict {
        try await connection.eventLoop
            .flatSubmit {
                switch way {
                case .agent(let key, let signer):
                    guard let agent else { return connection.eventLoop.makeSucceededFuture(.unsigned) }
                    return connection.value.authenticate(user: user, key: key) { agent.sign($0, key: signer) }
                case .file(let file, let certificate):
                    return connection.value.authenticate(user: user, file: file, certificate: certificate)
                }
            }
            .get()
    }

    private func openAgent(
        on eventLoop: any EventLoop,
        _ watch: NIOLoopBound<ConnectWatch>
    ) async -> AgentConnection? {
        guard let agent, !agent.isEmpty else { return nil }
        return try? await AgentConnection.open(agent, on: eventLoop, watch: watch)
    }

    // MARK: - Failures

    /// The host has ended the connection before it had accepted us.
    ///
    /// Where it had refused a key and then says that it has had enough, it accepts none of ours: OpenSSH's server does
    /// so beyond its `MaxAuthTries`. An end without a word is none of it: the server may just be restarted.
    private func ended(_ farewell: Int32?, _ outcome: Outcome, _ error: LibSSH2Error) -> TransportError {
        if outcome.hasRefusal, let farewell, Self.refusals.contains(farewell) { return denied(outcome) }
        return TransportError(
            .transport,
            "\(name): the connection was closed before a session was there",
            reason: .closed,
            hint: "libssh2: \(error.message)"
        )
    }

    private static let refusals = [
        SSH_DISCONNECT_PROTOCOL_ERROR, SSH_DISCONNECT_BY_APPLICATION, SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE,
    ]

    private func badFile(_ path: String) -> TransportError {
        TransportError(
            .authentication,
            "\(name): the key file \(path) cannot be used",
            reason: .badKeyFile,
            hint: "name a private key's file in identity"
        )
    }

    /// `ssh` takes no such file either.
    private func exposed(_ path: String) -> TransportError {
        TransportError(
            .authentication,
            "\(name): the key file \(path) cannot be used: others than this account may read it",
            reason: .badKeyFile,
            hint: "chmod 600 \(path); where others may have read the key, make a new one"
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

    private func denied(_ outcome: Outcome) -> TransportError {
        let files = outcome.badFiles.map(\.path).joined(separator: ", ")
        return TransportError(
            .authentication,
            "\(name): the host accepts none of our keys (\(user))",
            reason: .denied,
            hint:
                "check user and identity, that the public key is in the account's authorized_keys, and that a key "
                + "behind a passphrase is in an agent"
                + (files.isEmpty ? "" : "; no usable private key is in \(files)")
        )
    }
}
