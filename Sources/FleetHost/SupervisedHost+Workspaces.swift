package import FleetWire

/// What concerns whole workspaces of the account on the host.
extension SupervisedHost {
    /// The workspaces of the account that have something on the host.
    package func workspaces() async throws -> [WorkspaceEntry] {
        guard case .workspaces(let reply) = try await call(.workspaces) else { throw unexpected("workspaces") }
        return reply.entries
    }

    /// What another workspace of the account has on the host; nothing is changed there.
    package func status(ofWorkspace workspace: String) async throws -> [AttemptReport] {
        let request = StatusRequest(workspace: workspace)
        guard case .reports(let reply) = try await call(.status(request)) else { throw unexpected("status") }
        return reply.reports
    }

    /// Stops an attempt that nobody drives.
    ///
    /// - Throws: ``HostError`` of code `refused` where the lease of its workspace is valid at that moment.
    package func reap(_ key: AttemptKey, grace: UInt64 = 5_000) async throws -> EndReply {
        let request = EndRequest(key: key, mode: .stop, grace: grace, onlyUnowned: true)
        guard case .ended(let reply) = try await call(.end(request)) else { throw unexpected("end") }
        return reply
    }

    /// Removes the records of attempts that nobody drives.
    ///
    /// - Throws: ``HostError`` of code `refused` where the lease of their workspace is valid at that moment, of code
    ///   `configuration` where the host's supervisor is too old to look at that: then nothing is removed.
    package func cleanUpUnowned(_ keys: [AttemptKey]) async throws {
        guard try await connect().revision >= HelloReply.guardsCleanup else {
            throw HostError(
                .configuration,
                "\(name): its supervisor is too old to remove records of other workspaces safely; they are left",
                hint: "put the codewhale-supervisor there that came with this codewhale"
            )
        }
        let request = CleanupRequest(keys: keys, onlyUnowned: true)
        guard case .done = try await call(.cleanup(request)) else { throw unexpected("cleanup") }
    }

    package func renew(validity: UInt64) async throws {
        guard case .done = try await call(.renew(LeaseRequest(validity: validity))) else { throw unexpected("renew") }
    }
}
