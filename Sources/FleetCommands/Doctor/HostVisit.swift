import FleetCore
import FleetHost
import FleetTransport
import FleetWire
import NIOCore

/// All that is asked of a host that was reached; each part has its own limit of time.
struct HostVisit: Sendable {
    /// What the connection showed.
    struct Contact: Sendable {
        /// How long it took.
        let seconds: Double
        /// How much the login shell printed before a command ran, in bytes.
        let noise: Int
    }

    let context: DoctorContext
    let target: DoctorTarget
    let probe: Probe
    let adapter: SupervisedHost
    /// What the connection showed; nil on this machine.
    let connected: Contact?

    /// How long small commands and answers may take, in seconds.
    private static let limit = 10.0
    /// How long the supervisor's first answer may take, its upload over a slow line counted, in seconds.
    private static let deliveryLimit = 60.0
    /// How many sessions are tried on a connection.
    private static let sessions = 10

    /// The findings.
    func findings() async -> [Finding] {
        var findings: [Finding] = []
        let (facts, diagnostics, failure) = await look()
        if let connected {
            findings += ContactCheck.reached(
                seconds: connected.seconds,
                noise: connected.noise,
                diagnostics: diagnostics,
                shell: facts?.shell
            )
        }
        findings += await supervised(wasThere: facts?.hasSupervisor ?? false)
        if let facts {
            findings += places(facts)
        } else if let failure {
            findings.append(failure)
        }
        if connected != nil { findings.append(await countSessions()) }
        if let finding = facts.flatMap(HostCheck.logind) { findings.append(finding) }
        return findings
    }

    // MARK: - The script

    private func look() async -> (HostFacts?, diagnostics: Int, Finding?) {
        let nonce = Nonce.make()
        let digests = target.needsPayload ? await context.payloadDigests() : []
        do {
            let answer = try await probe.run(
                HostFactsScript.arguments(target, digests: digests, nonce: nonce),
                environment: connected == nil ? context.commandEnvironment : [:],
                within: Self.limit
            )
            let facts = HostFacts(lines: answer.lines, nonce: nonce)
            guard !facts.isComplete else { return (facts, answer.diagnostics.utf8.count, nil) }
            let failure = Finding.error(
                .shell,
                "the script that looks at the host did not come to its end",
                remedy: "see that /bin/sh on the host is a POSIX shell"
            )
            return (facts, answer.diagnostics.utf8.count, failure)
        } catch {
            let what = (error as? TooLate).map { "nothing came of it within \(Int($0.seconds)) s" } ?? "\(error)"
            let remedy = "a disk of the host may hang (NFS): try df on the host"
            return (nil, 0, .error(.shell, "the script that looks at the host: \(what)", remedy: remedy))
        }
    }

    private func places(_ facts: HostFacts) -> [Finding] {
        var findings: [Finding] = []
        if let home = facts.home { findings.append(PlaceCheck.home(home)) }
        for (place, path) in target.directories.enumerated() {
            if let state = facts.directories[place] { findings.append(PlaceCheck.directory(path, state)) }
        }
        for (place, program) in target.programs.enumerated() {
            if let state = facts.programs[place] { findings.append(PlaceCheck.program(program, state)) }
        }
        return findings
    }

    // MARK: - The supervisor

    private func supervised(wasThere: Bool) async -> [Finding] {
        let start = ContinuousClock.now
        let greeting: HelloReply
        do {
            greeting = try await ask(within: Self.deliveryLimit) { try await $0.connect() }
        } catch {
            let error = HostError(wrapping: error, host: target.name)
            return [.error(.supervisor, error.message, remedy: error.hint)]
        }
        let first = seconds(of: .now - start)
        let platform = greeting.platform.prefix(64)
        let how = !target.needsPayload || wasThere ? "it was there" : "it was sent"
        var findings: [Finding] = [
            .ok(.supervisor, "answers on \(platform), \(Wording.fixed(first, digits: 2)) s to its first answer; \(how)")
        ]
        let state =
            connected == nil
            ? context.localState : "\(greeting.home.prefix(200))/.local/state/codewhale/\(context.connector.workspace)"
        findings.append(.ok(.state, context.isThrowaway ? "can be kept (tried, and removed)" : state))
        findings += await variables()
        do {
            findings += try await measure()
        } catch {
            let error = HostError(wrapping: error, host: target.name)
            findings.append(.error(.roundTrip, error.message, remedy: error.hint))
        }
        return findings
    }

    private func variables() async -> [Finding] {
        guard !target.variables.isEmpty else { return [] }
        let missing = try? await ask(within: Self.limit) { try await $0.missingVariables() }
        return VariableCheck.findings(
            target.variables,
            present: Set(target.variables.filter { context.environment[$0] != nil }),
            missing: missing ?? Set(target.variables),
            isChannel: target.ssh?.envVia == .channel
        )
    }

    /// The clock by the fastest of some greetings, and how long a poll takes.
    private func measure() async throws -> [Finding] {
        var best: (skew: Double, doubt: Double)?
        for _ in 0..<3 where connected != nil {
            let (sent, start) = (System.now.milliseconds, ContinuousClock.now)
            let greeting = try await ask(within: Self.limit) { try await $0.greet() }
            let took = seconds(of: .now - start)
            let clock = Double(min(greeting.clock, 1 << 53))
            let skew = (clock - Double(sent)) / 1_000 - took / 2
            if took / 2 < best?.doubt ?? .infinity { best = (skew, took / 2) }
        }
        let key = AttemptKey(run: "doctor", task: "doctor", attempt: 1, nonce: Nonce.make())
        var times: [Double] = []
        for _ in 0..<5 {
            let start = ContinuousClock.now
            _ = try await ask(within: Self.limit) { try await $0.status(of: [key]) }
            times.append(seconds(of: .now - start))
        }
        let clock = best.map { HostCheck.clock(skew: $0.skew, doubt: $0.doubt) }
        return [clock, HostCheck.roundTrip(times.sorted()[times.count / 2])].compactMap(\.self)
    }

    /// Asks the adapter something, and leaves the host where the answer is late.
    private func ask<Value: Sendable>(
        within seconds: Double,
        _ question: @escaping @Sendable (SupervisedHost) async throws -> Value
    ) async throws -> Value {
        try await withLimit(seconds) { [adapter] in
            try await withTaskCancellationHandler {
                try await question(adapter)
            } onCancel: {
                Task { await adapter.close() }
            }
        }
    }

    // MARK: - Sessions

    /// Opens one channel after the other, until the host refuses one on the same connection.
    private func countSessions() async -> Finding {
        var opened: [CommandChannel] = []
        // Those that are held and that carries the supervisor.
        var count = 2
        while count < Self.sessions, await limit() == nil {
            guard let held = try? await probe.hold(within: Self.limit) else { break }
            opened.append(held.channel)
            count += 1
        }
        let limit = await limit()
        for channel in opened { channel.channel.close(promise: nil) }
        for channel in opened { _ = try? await channel.end.get() }
        return HostCheck.sessions(limit: limit, opened: count)
    }

    private func limit() async -> Int? { await (probe.session as? any LimitedSession)?.channelLimit }

    // MARK: - Afterwards

    /// Removes the state of a workspace that is none; only what is empty goes.
    func removeState() async {
        let place = connected == nil ? context.localState : context.connector.workspace
        let script =
            connected == nil
            ? #"d=$1; if [ -L "$d" ]; then exit; fi; rm -f "$d"/.spare; rmdir "$d""#
            : #"d=$HOME/.local/state/codewhale/$1; if [ -L "$d" ]; then exit; fi; "#
                + #"for h in "$d"/host-*; do [ -L "$h" ] || rm -f "$h"/.spare "$h"/.host; rmdir "$h"; done; rmdir "$d""#
        _ = try? await probe.run(
            ["/bin/sh", "-c", script, "codewhale", place],
            environment: connected == nil ? context.commandEnvironment : [:],
            within: Self.limit
        )
    }
}
