import FleetLibSSH2
import FleetTransport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SSHSessionTests {
    static let means: [SSHPool.Means] = [.libssh2, .system, .auto]

    @Test(arguments: means, [0, 1, 254])
    func runGivesTheExitCode(_ means: SSHPool.Means, _ code: Int32) async throws {
        try await withSession(means) { session in
            let result = try await session.run(shell("echo out; echo err >&2; exit \(code)"))
            #expect(result.status == .code(code))
            #expect(result.isSuccess == (code == 0))
            #expect(result.text == "out\n")
            #expect(result.diagnostics.contains("err\n"))
        }
    }

    @Test
    func aSignalAndAnExitOf255AreToldApart() async throws {
        try await withSession { session in
            // sshd has no name for it: that the command has ended is known all the same.
            let ended = try await session.run(shell("kill -BUS $$"))
            #expect(ended.status == .signal(0))
            let killed = try await session.run(shell("kill -KILL $$"))
            #expect(killed.status == .signal(9))
            let exited = try await session.run(shell("exit 255"))
            #expect(exited.status == .code(255))
        }
    }

    @Test(arguments: means)
    func argumentsArriveExactly(_ means: SSHPool.Means) async throws {
        let words = [
            "ü€😀", "!1", "", " ", "a b", "$HOME `id` $(id)", "it's \"so\"", "back\\slash\\n", "-n", "*", "a\nb",
        ]
        try await withSession(means) { session in
            let result = try await session.run(["printf", "<%s>"] + words)
            #expect(result.text == words.map { "<\($0)>" }.joined())
        }
    }

    @Test(arguments: means)
    func inputArrivesWhole(_ means: SSHPool.Means) async throws {
        let input = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withSession(means) { session in
            let read = try await session.run(["cat"], input: input)
            #expect(read.output == input)
            // A command that reads none of it is no failure.
            let unread = try await session.run(["true"], input: input)
            #expect(unread.isSuccess)
        }
    }

    @Test(arguments: [0, 1, 1_000, 1_000_000])
    func ofTheOutputNoMoreThanTheLimitIsKept(_ limit: Int) async throws {
        try await withSession { session in
            let result = try await session.run(["head", "-c", "300000", "/dev/zero"], outputLimit: limit)
            #expect(result.output.count == min(limit, 300_000))
            #expect(result.droppedBytes == 300_000 - result.output.count)
        }
    }

    /// Also where its name was found to be accepted before.
    @Test
    func aVariableThatIsTooLongIsNamed() async throws {
        try await withSession { session in
            for length in [1, 30_000] {
                let value = String(repeating: "v", count: length)
                let result = try await session.run(["printenv", "LC_TEST"], environment: ["LC_TEST": value])
                #expect(result.text == value + "\n")
            }
            let error = await #expect(throws: TransportError.self) {
                try await session.run(["true"], environment: ["LC_TEST": String(repeating: "v", count: 40_000)])
            }
            #expect(error?.code == .environment)
            #expect(error?.description.contains("LC_TEST") == true)
            #expect(error?.description.contains("vvv") == false)
            try await expectUse(of: session)
        }
    }

    @Test(arguments: means)
    func variablesArriveOrAreNamed(_ means: SSHPool.Means) async throws {
        try await withSession(means) { session in
            let result = try await session.run(["printenv", "LC_TEST"], environment: ["LC_TEST": "a 'b'\nc"])
            #expect(result.text == "a 'b'\nc\n")
            let again = try await session.run(["printenv", "LC_TEST"], environment: ["LC_TEST": ""])
            #expect(again.text == "\n")
            let error = await #expect(throws: TransportError.self) {
                try await session.run(["true"], environment: ["REFUSED_HERE": "secret"])
            }
            #expect(error?.code == .environment)
            #expect(error?.description.contains("REFUSED_HERE") == true)
            #expect(error?.description.contains("secret") == false)
        }
    }

    @Test(arguments: [
        [], [""], ["printf", "a\0b"], ["printf", String(repeating: "x", count: 40_000)],
        ["printf", String(repeating: "\n", count: 10_000)],
    ])
    func whatCannotBeRunIsRefused(_ arguments: [String]) async throws {
        try await withSession { session in
            let error = await #expect(throws: TransportError.self) { try await session.run(arguments) }
            #expect(error?.code == .configuration)
            try await expectUse(of: session)
        }
    }

    @Test(arguments: ["", "1A", "A B", "A=B", "Ä", "A\0"])
    func whatIsNoVariableIsRefused(_ name: String) async throws {
        try await withSession { session in
            let error = await #expect(throws: TransportError.self) {
                try await session.run(["true"], environment: [name: "x"])
            }
            #expect(error?.code == .configuration)
        }
    }

    @Test(arguments: means)
    func aCancelledRunLeavesTheSessionUsable(_ means: SSHPool.Means) async throws {
        try await withSession(means) { session in
            await withTaskGroup { group in
                let (begun, tell) = AsyncStream.makeStream(of: Void.self)
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await session.stream(shell("echo begun; exec sleep 600")) { lines in
                            for try await _ in lines { tell.yield() }
                        }
                    }
                }
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await session.run(["sleep", "600"]) }
                }
                for await _ in begun { break }
                group.cancelAll()
            }
            try await expectUse(of: session)
        }
    }

    @Test
    func aLostConnectionIsNoEnd() async throws {
        try await withSession { session in
            // The parent is the server's process of this connection.
            let error = await #expect(throws: TransportError.self) {
                try await session.run(shell("echo half; kill -KILL $PPID; sleep 600"))
            }
            #expect(error?.reason == .lost)
            try await expectUse(of: session)
        }
    }
}
