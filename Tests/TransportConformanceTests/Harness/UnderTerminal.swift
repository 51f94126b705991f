import FleetTransport
import Foundation
import TestServers
import Testing

/// Runs a connection attempt of these tests in a process that has a terminal.
enum UnderTerminal {
    private static let variable = "CODEWHALE_TEST_TERMINAL"

    /// What stands on the terminal at the end.
    ///
    /// - Throws: ``Command/Failure`` where the process asks something, which never ends, or fails.
    static func run(_ site: TransportSite, _ endpoint: SSHEndpoint) async throws -> String {
        let words = [
            site.cell.transport.name, endpoint.host, "\(endpoint.port ?? 22)", endpoint.identity ?? "",
            endpoint.knownHosts ?? "", endpoint.proxyJump ?? "", site.directory,
        ]
        // This same test executable, with the one test below.
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let command =
            "'\(own)' \(CommandLine.arguments.dropFirst().contains { $0.hasSuffix(".xctest") } ? "--test-bundle-path " + bundle : "") "
            + "--testing-library swift-testing --no-parallel --filter UnderTerminalProcess"
        let output = try await Command.run(
            ["timeout", "-s", "KILL", "60", "script", "--quiet", "--return", "--command", command, "/dev/null"],
            variables: [variable: words.joined(separator: "\t"), "SSH_ASKPASS": "/bin/false"],
            mayFail: true
        )
        guard output.code == 0 else { throw Command.Failure("under a terminal: \(output.code) \(output.text)") }
        for question in ["yes/no", "passphrase", "password", "Password"] {
            #expect(!output.text.contains(question), "\(output.text)")
        }
        return output.text
    }

    private static var bundle: String {
        CommandLine.arguments.first { $0.hasSuffix(".xctest") }.map { "'\($0)'" } ?? ""
    }

    /// What the process is to do; nil in the tests' own.
    fileprivate static var order: [String]? {
        ProcessInfo.processInfo.environment[variable]?.split(separator: "\t", omittingEmptySubsequences: false)
            .map(String.init)
    }
}

/// The part of `T12.terminal` that runs under a terminal.
@Suite("UnderTerminalProcess")
struct UnderTerminalProcess {
    @Test("connects, and prints the reason why not", .enabled(if: UnderTerminal.order != nil))
    func connects() async throws {
        guard let order = UnderTerminal.order, order.count == 7 else { return }
        // There is a terminal to ask on.
        #expect(isatty(0) == 1 && open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0)
        let transport = try #require(TransportUnderTest.all.first { $0.name == order[0] })
        var endpoint = SSHEndpoint(host: order[1])
        endpoint.port = Int(order[2])
        endpoint.user = "codewhale"
        endpoint.identity = order[3].isEmpty ? nil : order[3]
        endpoint.knownHosts = order[4]
        endpoint.proxyJump = order[5].isEmpty ? nil : order[5]
        endpoint.configFile = "\(order[6])/config"
        endpoint.connectTimeout = 5
        let environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": order[6], "TMPDIR": order[6], "TERM": "xterm",
        ]
        let made = transport.make(endpoint, environment, TestLoops.next())
        do {
            let session = try await made.connect()
            let result: Result<Void, any Error>
            do {
                _ = try await session.run(shell("true"))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await session.close()
            try result.get()
            print("reason: none")
        } catch let error as TransportError {
            print("reason: \(error.reason?.rawValue ?? "-")")
        }
    }
}
