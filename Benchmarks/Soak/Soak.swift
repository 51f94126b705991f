import FleetLibSSH2
import FleetTransport
import Foundation
import NIOCore
import NIOPosix

/// Runs the native transport for long, and looks at what is left of it.
///
/// `soak MODE HOST PORT USER IDENTITY KNOWN_HOSTS COUNT FILE`, where MODE is
/// - `commands`: so many commands on eight channels of one connection; each adds its number to FILE and gives it back;
/// - `connects`: so many connections, each for one command;
/// - `reconnects`: so many connections of one pool, each for one command and ended by the host's server;
/// - `channels`: so many commands on one connection, eight at once;
/// - `mixed`: so many rounds of all that may go well or wrong; FILE is a key that the host does not know.
///
/// Ends with 1 where anything is lost, done twice or mixed up, or where memory or descriptors grow.
@main
enum Soak {
    /// Waits on the first thread for what the others do: a `main` that is `async` gives that thread up, which valgrind does
    /// not survive.
    static func main() {
        let isOver = DispatchSemaphore(value: 0)
        begin(isOver)
        isOver.wait()
    }

    /// Begins on other threads; of its own, as whatever stands in `main` itself belongs to the first thread.
    private nonisolated static func begin(_ isOver: DispatchSemaphore) {
        Task {
            do { try await run() } catch { fail("\(error)") }
            isOver.signal()
        }
    }

    private static func run() async throws {
        let words = CommandLine.arguments
        guard words.count == 9, let port = Int(words[3]), let count = Int(words[7]), count > 0 else {
            let modes = "commands|connects|reconnects|channels|mixed"
            fail("usage: soak \(modes) HOST PORT USER IDENTITY KNOWN_HOSTS COUNT FILE", 64)
        }
        var host = SSHEndpoint(host: words[2])
        host.port = port
        host.user = words[4]
        host.identity = words[5]
        host.knownHosts = words[6]
        host.configFile = "none"
        let endpoint = host
        let start = ContinuousClock.now
        switch words[1] {
        case "commands": try await commands(endpoint, count, words[8])
        case "connects":
            try await measured(count, at: 4) { _ in
                let session = try await transport(endpoint).connect()
                try await session.check(["/bin/true"], gives: "")
                await session.close()
            }
        case "reconnects":
            let session = try await transport(endpoint).connect()
            try await measured(count, at: 1) { _ in
                try await session.check(["/bin/true"], gives: "")
                try await session.endServer()
            }
            let connects = await (session as? any CountedSession)?.connections?.connects ?? 0
            guard connects >= count / 10 * 10 else { fail("\(connects) connections were made") }
            await session.close()
        case "channels":
            let session = try await transport(endpoint).connect()
            try await measured(count, at: 8) { _ in try await session.check(["/bin/true"], gives: "") }
            await expectOneConnection(session)
            await session.close()
        case "mixed": for _ in 0..<count { try await mixed(endpoint, stranger: words[8]) }
        default: fail("there is no mode \(words[1])", 64)
        }
        say("\(words[1]): \(count) in \(start.duration(to: .now).seconds) s")
    }

    static func transport(_ endpoint: SSHEndpoint) -> LibSSH2Transport {
        LibSSH2Transport(
            endpoint: endpoint,
            environment: ProcessInfo.processInfo.environment,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next()
        )
    }

    static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

    static func fail(_ text: String, _ code: Int32 = 1) -> Never {
        FileHandle.standardError.write(Data("soak: \(text)\n".utf8))
        exit(code)
    }

    /// Enough that keys are exchanged anew again and again.
    private static let fill = String(repeating: "x", count: 1_000)

    private static func commands(_ endpoint: SSHEndpoint, _ count: Int, _ file: String) async throws {
        let session = try await transport(endpoint).connect()
        let script = "echo $1 >> '\(file)'; echo $1 \(fill)"
        try await inParallel(count, at: 8) { number in
            try await session.check(["/bin/sh", "-c", script, "sh", "\(number)"], gives: "\(number) \(fill)\n")
        }
        await expectOneConnection(session)
        await session.close()
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { Int($0) }
        guard lines.sorted() == Array(0..<count) else {
            fail("\(lines.count) commands were run, \(Set(lines).count) different ones, of \(count)")
        }
    }

    private static func expectOneConnection(_ session: any Session) async {
        guard let counts = await (session as? any CountedSession)?.connections else { fail("nothing is counted") }
        guard counts.connects == 1, counts.failures.isEmpty else {
            fail("\(counts.connects) connections were made; failures: \(counts.failures)")
        }
    }

    /// Does something so many times, some at once.
    private static func inParallel(
        _ count: Int,
        at once: Int,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for first in 0..<once {
                group.addTask { for number in stride(from: first, to: count, by: once) { try await body(number) } }
            }
        }
    }

    /// The same, in ten parts, with a look at memory and descriptors after each: neither may grow once it is warm.
    private static func measured(
        _ count: Int,
        at once: Int,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        var looks: [Usage] = []
        for part in 1...10 {
            try await inParallel(count / 10, at: once, body)
            let usage = Usage.now()
            looks.append(usage)
            say("after \(count / 10 * part): \(usage.memory / 1_024) KiB, \(usage.descriptors) descriptors")
        }
        // By then every buffer that is kept has been needed.
        let (warm, last) = (looks[2], looks[9])
        let growth = Double(last.memory - warm.memory) / Double(count / 10 * 7)
        say("growth: \(growth.rounded()) bytes each")
        guard last.memory - warm.memory < 2 << 20 else { fail("memory grows by \(growth) bytes each") }
        guard last.descriptors <= warm.descriptors else { fail("descriptors grow") }
    }
}

extension Duration {
    /// Whole seconds.
    var seconds: Int64 { components.seconds }
}
