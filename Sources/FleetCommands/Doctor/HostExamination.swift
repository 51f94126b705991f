import FleetCore
import FleetHost
import FleetTransport
import NIOCore

/// Looks at one host: reaches it, and then asks it for all that its workers need.
struct HostExamination: Sendable {
    let context: DoctorContext

    /// The report of a host, however far that came.
    func report(of target: DoctorTarget) async -> HostReport {
        let start = ContinuousClock.now
        var report = HostReport(target)
        if let ssh = target.ssh {
            await examine(target, ssh, &report)
        } else {
            await examineThisMachine(target, &report)
        }
        report.seconds = seconds(of: .now - start)
        for place in report.findings.indices {
            report.findings[place].found = Self.withoutName(report.findings[place].found, target.name)
        }
        return report
    }

    // MARK: - Another machine

    private func examine(_ target: DoctorTarget, _ ssh: SSHHostSpec, _ report: inout HostReport) async {
        let transport = context.connector.transport(to: ssh, on: context.eventLoop)
        var hasJumps = ssh.proxyJump != nil
        do {
            if let system = transport as? SystemSSHTransport {
                let inspection = try await withLimit(ssh.connectTimeoutSeconds * 2) { try await system.inspect() }
                hasJumps = !inspection.jumps.isEmpty || inspection.hasProxyCommand
                report.findings.append(ConfigurationCheck.route(inspection))
                report.findings += ConfigurationCheck.identities(
                    inspection.identityFiles,
                    hasAgent: context.hasAgent,
                    isOpenToOthers: { (try? System.status($0).isOpenToOthers) ?? false }
                )
            }
            let session = try await transport.connect()
            do {
                try await visit(target, ssh, session, &report)
                await session.close()
            } catch {
                await session.close()
                throw error
            }
        } catch {
            report.findings += Self.failure(error, hasJumps: hasJumps)
            report.isReached = (error as? TransportError)?.reason == .restricted
        }
    }

    /// Connects, and looks at all; throws where the connection does not come about.
    private func visit(
        _ target: DoctorTarget,
        _ ssh: SSHHostSpec,
        _ session: any Session,
        _ report: inout HostReport
    ) async throws {
        let start = ContinuousClock.now
        let probe = Probe(session: session)
        // It carries the others, so it stays open as long as they are needed.
        let held = try await probe.hold(within: ssh.connectTimeoutSeconds * 2 + 5)
        let connected = seconds(of: .now - start)
        report.isReached = true
        let values = context.environment.filter { target.variables.contains($0.key) }
        let host = HostDescription(
            name: target.name,
            reach: .ssh(ssh),
            environment: values,
            verifiedNames: values.keys.sorted()
        )
        let adapter = context.connector.adapter(for: host, ssh, over: session) { _ in }
        let visit = HostVisit(
            context: context,
            target: target,
            probe: probe,
            adapter: adapter,
            connected: HostVisit.Contact(seconds: connected, noise: held.noise)
        )
        report.findings += await visit.findings()
        await adapter.close()
        if context.isThrowaway { await visit.removeState() }
        held.channel.channel.close(promise: nil)
    }

    // MARK: - This machine

    private func examineThisMachine(_ target: DoctorTarget, _ report: inout HostReport) async {
        report.isReached = true
        let values = context.commandEnvironment.merging(
            context.environment.filter { target.variables.contains($0.key) }
        ) { $1 }
        let host = HostDescription(
            name: target.name,
            reach: .local(supervisor: context.supervisor, state: context.localState),
            environment: values,
            verifiedNames: target.variables.filter { values[$0] != nil }.sorted()
        )
        do {
            let session = try await LocalTransport(eventLoop: context.eventLoop).connect()
            let adapter = context.connector.adapter(for: host, on: context.eventLoop) { _ in }
            let visit = HostVisit(
                context: context,
                target: target,
                probe: Probe(session: session),
                adapter: adapter,
                connected: nil
            )
            report.findings += await visit.findings()
            await adapter.close()
            if context.isThrowaway { await visit.removeState() }
            await session.close()
        } catch {
            report.findings += Self.failure(error, hasJumps: false)
        }
    }

    // MARK: - Words

    private static func failure(_ error: any Error, hasJumps: Bool) -> [Finding] {
        switch error {
        case let error as TransportError: ContactCheck.failed(error, hasJumps: hasJumps)
        case let error as TooLate:
            [
                .error(
                    .reachable,
                    "nothing came of it within \(Int(error.seconds)) s",
                    remedy: "see that the host is up, and that no firewall drops the connection"
                )
            ]
        default: [.error(.reachable, "\(error)", remedy: nil)]
        }
    }

    /// The message without the host's name before it, as the report stands under that.
    static func withoutName(_ message: String, _ name: String) -> String {
        var text = message[...]
        while text.hasPrefix("\(name): ") { text = text.dropFirst(name.count + 2) }
        return String(text)
    }
}
