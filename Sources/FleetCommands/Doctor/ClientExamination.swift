import FleetTransport

/// Looks at the ssh client of this machine, where a host needs it.
struct ClientExamination: Sendable {
    let context: DoctorContext

    /// How long a client may take, in seconds.
    private static let limit = 5.0

    /// The findings.
    func findings() async -> [Finding] {
        let transport = LocalTransport(eventLoop: context.eventLoop)
        guard let session = try? await transport.connect() else { return [] }
        let probe = Probe(session: session)
        let version = try? await run(probe, "command -v ssh >/dev/null 2>&1 && exec ssh -V")
        let said = version.flatMap { $0.status == .code(0) ? $0.diagnostics + $0.output : nil }
        var findings = [ClientCheck.client(said: said)]
        let list = context.hasAgent ? try? await run(probe, "exec ssh-add -l") : nil
        var code: Int32?
        if case .code(let number) = list?.status { code = number }
        findings.append(ClientCheck.agent(hasSocket: context.hasAgent, code: code, keys: list?.lines.count ?? 0))
        await session.close()
        return findings
    }

    private func run(_ probe: Probe, _ script: String) async throws -> Probe.Answer {
        try await probe.run(["/bin/sh", "-c", script], environment: context.commandEnvironment, within: Self.limit)
    }
}
