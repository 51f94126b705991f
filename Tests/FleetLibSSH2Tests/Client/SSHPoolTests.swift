import FleetLibSSH2
import FleetTransport
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SSHPoolTests {
    @Test(arguments: SSHSessionTests.means)
    func connectsByTheNameOfTheConfiguration(_ means: SSHPool.Means) async throws {
        let bench = try await ClientBench()
        let pool = SSHPool(means, environment: bench.environment)
        for host in ["builder", "\(bench.user)@builder"] {
            #expect(try await pool.connect(to: host).run(["echo", "on"]).text == "on\n")
        }
        await pool.close()
    }

    @Test(arguments: SSHSessionTests.means)
    func whatKeepsACommandFromRunningIsToldByConnect(_ means: SSHPool.Means) async throws {
        let bench = try await ClientBench()
        let pool = SSHPool(means, environment: bench.environment)
        func reason(_ change: (inout SSHEndpoint) -> Void) async -> TransportError.Reason? {
            var endpoint = bench.endpoint
            change(&endpoint)
            return await #expect(throws: TransportError.self) { try await pool.connect(to: endpoint) }?.reason
        }
        #expect(await reason { $0.identity = bench.otherIdentity } == .denied)
        #expect(await reason { $0.knownHosts = "\(bench.directory)/empty" } == .unknownHostKey)
        #expect(await reason { $0.port = 1 } == .refused)
        await pool.close()
    }

    @Test
    func manyCommandsShareFewConnections() async throws {
        try await withSession { session in
            try await withThrowingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask {
                        let result = try await session.run(["echo", "\(number)"])
                        #expect(result.text == "\(number)\n")
                    }
                }
                try await group.waitForAll()
            }
            let use = try #require(await session.use)
            #expect(use.connects <= 16)
            #expect(use.waiting == 0)
        }
    }

    @Test
    func sessionsOfOneEndpointShareAConnection() async throws {
        let bench = try await ClientBench()
        let pool = SSHPool(environment: bench.environment)
        for _ in 0..<5 { #expect(try await pool.connect(to: bench.endpoint).run(["true"]).isSuccess) }
        let use = try #require(try await pool.connect(to: bench.endpoint).use)
        #expect(use.connects == 1)
        await pool.close()
    }

    @Test(arguments: [SSHPool.Means.libssh2, .auto, .system])
    func howConnectionsAreUsedIsToldWhereTheyAreOurs(_ means: SSHPool.Means) async throws {
        try await withSession(means) { session in
            #expect(await session.use?.connects == (means == .system ? nil : 1))
        }
    }

    @Test(arguments: [SSHPool.Means.libssh2, .system])
    func whatIsWithoutQuestionsOrWithoutABoundWorks(_ means: SSHPool.Means) async throws {
        let bench = try await ClientBench()
        let pool = SSHPool(means, environment: bench.environment)
        for timeout in [Double.infinity, 1e300, .nan] {
            var endpoint = bench.endpoint
            (endpoint.keepaliveInterval, endpoint.keepaliveCount, endpoint.connectTimeout) = (0, 0, timeout)
            let session = try await pool.connect(to: endpoint)
            // Longer than it takes to find the connection lost where each moment is one of silence.
            #expect(try await session.run(shell("sleep 0.5; echo on")).text == "on\n")
        }
        var endpoint = bench.endpoint
        (endpoint.keepaliveInterval, endpoint.keepaliveCount) = (1, 0)
        let session = try await pool.connect(to: endpoint)
        #expect(try await session.run(shell("sleep 2.5; echo on")).text == "on\n")
        await pool.close()
    }

    @Test(arguments: SSHSessionTests.means)
    func closingEndsWhatRuns(_ means: SSHPool.Means) async throws {
        let bench = try await ClientBench()
        let pool = SSHPool(means, environment: bench.environment)
        let session = try await pool.connect(to: bench.endpoint)
        await withTaskGroup { group in
            let (begun, tell) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                await #expect(throws: TransportError.self) {
                    try await session.stream(shell("echo begun; exec sleep 600")) { lines in
                        for try await _ in lines { tell.yield() }
                    }
                }
            }
            for await _ in begun { break }
            await pool.close()
        }
        await #expect(throws: TransportError.self) { try await pool.connect(to: bench.endpoint) }
        await #expect(throws: TransportError.self) { try await session.run(["true"]) }
    }

    @Test
    func aForgottenPoolClosesByItself() async throws {
        let bench = try await ClientBench()
        func channel() async throws -> CommandChannel {
            // The session keeps the pool as long as it is there.
            let session = try await SSHPool(environment: bench.environment).connect(to: bench.endpoint)
            try await expectUse(of: session)
            return try await session.openChannel(ChannelRequest(arguments: ["cat"])) { _ in }
        }
        let end = try await channel().end.get()
        #expect(end.status == .unknown || end.status == .code(0))
    }

    @Test
    func theScopeClosesThePoolAlsoWhereItThrows() async throws {
        struct Enough: Error {}
        let bench = try await ClientBench()
        var kept: SSHSession?
        await #expect(throws: Enough.self) {
            try await withSSHPool { pool in
                kept = try await pool.connect(to: bench.endpoint)
                throw Enough()
            }
        }
        let session = try #require(kept)
        await #expect(throws: TransportError.self) { try await session.run(["true"]) }
    }
}
