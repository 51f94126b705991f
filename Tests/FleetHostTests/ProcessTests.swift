import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import FleetTransport

/// Children of this process, as the local transport makes them.
@Suite(.timeLimit(.minutes(1))) struct ProcessTests {
    /// Collects what a channel says.
    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let bytes = Mutex<[UInt8]>([])
        private let onRead: @Sendable ([UInt8]) -> Void

        init(onRead: @escaping @Sendable ([UInt8]) -> Void = { _ in }) { self.onRead = onRead }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let all = bytes.withLock { bytes in
                bytes += Array(unwrapInboundIn(data).readableBytesView)
                return bytes
            }
            onRead(all)
        }

        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
    }

    private static func session(closeGrace: TimeAmount = .seconds(5)) async throws -> any Session {
        var transport = LocalTransport(eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        transport.closeGrace = closeGrace
        return try await transport.connect()
    }

    /// Runs a command to its end, and returns what it wrote.
    private static func output(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (text: String, end: ChannelEnd) {
        let reader = Reader()
        let session = try await session()
        let channel = try await session.openChannel(ChannelRequest(arguments: arguments, environment: environment)) {
            try $0.pipeline.syncOperations.addHandler(reader)
        }
        let end = try await channel.end.get()
        await session.close()
        return (reader.text, end)
    }

    /// Runs `body` beside a child that says its pid and waits for its input's end.
    private static func withChild(
        _ script: String = "echo $$; exec cat",
        closeGrace: TimeAmount = .seconds(5),
        _ body: (pid_t, CommandChannel, any Session) async throws -> Void
    ) async throws {
        let (pids, said) = AsyncStream.makeStream(of: pid_t.self)
        let reader = Reader { bytes in
            guard let line = bytes.split(separator: 10, omittingEmptySubsequences: false).first,
                line.count < bytes.count
            else { return }
            said.yield(pid_t(String(decoding: line, as: UTF8.self)) ?? 0)
            said.finish()
        }
        let session = try await session(closeGrace: closeGrace)
        let channel = try await session.openChannel(ChannelRequest(arguments: ["/bin/sh", "-c", script])) {
            try $0.pipeline.syncOperations.addHandler(reader)
        }
        var iterator = pids.makeAsyncIterator()
        let pid = try #require(await iterator.next())
        do {
            try await body(pid, channel, session)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        #expect(kill(pid, 0) == -1 && errno == ESRCH, "the child is left")
    }

    private static func descriptorCount() throws -> Int {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return names.count
    }

    private static func read(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func aChildInheritsNoDescriptor() async throws {
        // Two that would be inherited.
        let extra = [dup(1), fcntl(2, F_DUPFD, 100)]
        defer { for descriptor in extra { _ = close(descriptor) } }
        // It reads its own, as the last of which it has the directory: a program that has just begun holds its libraries.
        let (text, _) = try await Self.output(["/bin/ls", "/proc/self/fd"])
        #expect(text.split(separator: "\n").sorted() == ["0", "1", "2", "3"])
    }

    @Test func aChildHasASessionOfItsOwnAndNoTerminal() async throws {
        try await Self.withChild { pid, _, _ in
            // proc(5): after the name in brackets come state, parent, group, session, terminal.
            let fields = try #require(try Self.read("/proc/\(pid)/stat").split(separator: ")").last)
                .split(separator: " ")
            #expect(pid_t(fields[2]) == pid)
            #expect(pid_t(fields[3]) == pid)
            #expect(fields[4] == "0")
        }
    }

    @Test func aChildHasDefaultSignals() async throws {
        // This process ignores some, which children would inherit.
        let before = signal(SIGUSR2, SIG_IGN)
        defer { _ = signal(SIGUSR2, before) }
        // It reads its own: a shell that is about to become another program has handlers for a moment.
        let (text, _) = try await Self.output(["/bin/cat", "/proc/self/status"])
        let status = text.split(separator: "\n")
        for name in ["SigBlk:", "SigIgn:", "SigCgt:"] {
            let line = try #require(status.first { $0.hasPrefix(name) })
            let mask = try #require(line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) })
            // posix_spawn of glibc has the child ignore 32 and 33, which are the threads library's own.
            #expect(mask & ~(3 << 31) == 0, "\(line)")
        }
    }

    @Test func aChildHasTheVariablesOfItsRequestAndNoOther() async throws {
        let variables = ["A": "1 2\n=", "EMPTY": "", "Ü": "é"]
        let (text, _) = try await Self.output(["/usr/bin/env", "-0"], environment: variables)
        #expect(Set(text.split(separator: "\0").map(String.init)) == ["A=1 2\n=", "EMPTY=", "Ü=é"])
    }

    @Test func argumentsArriveExactly() async throws {
        let arguments = ["", "a b", "$x", "`y`", "-n", "ü\n"]
        let (text, _) = try await Self.output(["/usr/bin/printf", "%s\\0"] + arguments)
        #expect(text.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init) == arguments)
    }

    @Test(
        arguments: [
            ("exit 0", .code(0)), ("exit 1", .code(1)), ("exit 255", .code(255)), ("kill -TERM $$", .signal(15)),
            ("kill -KILL $$", .signal(9)),
        ] as [(String, ChannelEnd.Status)]
    )
    func theEndIsExact(_ script: String, _ status: ChannelEnd.Status) async throws {
        let (_, end) = try await Self.output(["/bin/sh", "-c", script])
        #expect(end.status == status)
    }

    @Test func whatItSaysOnStandardErrorIsKept() async throws {
        let (text, end) = try await Self.output(["/bin/sh", "-c", "echo out; echo why >&2; exit 3"])
        #expect(text == "out\n")
        #expect(end == ChannelEnd(status: .code(3), diagnostics: "why\n"))
    }

    @Test func ofManyWordsOnStandardErrorTheLastAreKept() async throws {
        let script = "yes x | head -c 300000 >&2; echo end >&2"
        let (_, end) = try await Self.output(["/bin/sh", "-c", script])
        #expect(end.diagnostics.utf8.count == 64 << 10)
        #expect(end.diagnostics.hasSuffix("x\nend\n"))
    }

    @Test func someoneWhoHoldsStandardErrorOpenDoesNotHoldUpTheEnd() async throws {
        let (text, end) = try await Self.output(["/bin/sh", "-c", "sleep 60 >/dev/null & echo $!"])
        #expect(end.status == .code(0))
        let pid = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
        #expect(kill(pid, SIGKILL) == 0)
    }

    @Test func bytesGoBothWays() async throws {
        let (stream, said) = AsyncStream.makeStream(of: [UInt8].self)
        let sent = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        let reader = Reader { if $0.count == sent.count { said.yield($0) } }
        let session = try await Self.session()
        let channel = try await session.openChannel(ChannelRequest(arguments: ["/bin/cat"])) {
            try $0.pipeline.syncOperations.addHandler(reader)
        }
        channel.channel.writeAndFlush(ByteBuffer(bytes: sent), promise: nil)
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == sent)
        await session.close()
    }

    @Test func closingTheSessionEndsEveryChild() async throws {
        try await Self.withChild { pid, channel, session in
            await session.close()
            #expect(kill(pid, 0) == -1 && errno == ESRCH)
            let end = try await channel.end.get()
            #expect(end.status == .code(0))
        }
    }

    @Test func aChildThatDoesNotEndIsKilled() async throws {
        let script = "trap '' TERM INT HUP; echo $$; exec sleep 1000"
        try await Self.withChild(script, closeGrace: .milliseconds(50)) { _, channel, _ in
            channel.channel.close(promise: nil)
            let end = try await channel.end.get()
            #expect(end.status == .signal(9))
        }
    }

    @Test(arguments: ["/nonexistent/program", "/", "/etc/passwd"])
    func whatCannotBeRunIsAFaultOfTheSetUp(_ program: String) async throws {
        let session = try await Self.session()
        let error = await #expect(throws: TransportError.self) {
            _ = try await session.openChannel(ChannelRequest(arguments: [program])) { _ in }
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(program) ?? false)
        await session.close()
    }

    @Test func failuresLeaveNoDescriptorAndNoProcess() async throws {
        struct Refusal: Error {}
        let session = try await Self.session()
        let mark = "98765.\(UInt32.random(in: 0...UInt32.max))"
        let before = try Self.descriptorCount()
        for _ in 0..<60 {
            _ = try? await session.openChannel(ChannelRequest(arguments: ["/nonexistent"])) { _ in }
            _ = try? await session.openChannel(ChannelRequest(arguments: ["/bin/sleep", mark])) { _ in throw Refusal() }
        }
        // Other tests open some as well, but not so many.
        #expect(try Self.descriptorCount() < before + 60)
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
            .filter { name in
                name.allSatisfy(\.isNumber) && ((try? Self.read("/proc/\(name)/cmdline")) ?? "").contains(mark)
            }
        #expect(processes.isEmpty)
        await session.close()
    }
}
