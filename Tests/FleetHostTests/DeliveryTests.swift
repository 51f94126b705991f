import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import FleetHost

/// How the supervisor is put into a home, and which older ones are taken away: the script, run on this machine.
struct DeliveryTests {
    @Test("an older supervisor is taken away, but for one that runs")
    func olderOnes() async throws {
        try await Self.with { home in
            let busy = try home.add(older: "busy")
            _ = try home.add(older: "idle")
            let session = try await Self.session()
            let running = try await session.openChannel(ChannelRequest(arguments: [busy])) { _ in }
            try await home.deliver(over: session)
            #expect(try home.supervisors == ["supervisor-busy", "supervisor-\(try home.digest)"].sorted())
            running.channel.close(promise: nil)
            await session.close()
        }
    }

    @Test(
        "in a home that other hosts may share every older supervisor stays: what runs there is not seen here",
        arguments: ["server:/export/home", "[2001:db8::1]:/home", "//server/home", "me@server:/home/me"]
    )
    func sharedHome(_ fileSystem: String) async throws {
        try await Self.with { home in
            _ = try home.add(older: "elsewhere")
            try home.addProgram(
                "df",
                "echo Filesystem 1024-blocks Used Available; echo '\(fileSystem)' 9 1 8 11% /home"
            )
            let session = try await Self.session()
            try await home.deliver(over: session)
            await session.close()
            #expect(try home.supervisors == ["supervisor-elsewhere", "supervisor-\(try home.digest)"].sorted())
        }
    }

    private static func session() async throws -> any Session {
        try await LocalTransport(eventLoop: MultiThreadedEventLoopGroup.singleton.next()).connect()
    }

    private static func with(_ body: (Home) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("delivery \(UUID().uuidString)").path
        let home = Home(path: path)
        for directory in [home.place, home.programs] {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "a supervisor".write(toFile: home.payload, atomically: false, encoding: .utf8)
        try await body(home)
    }
}

/// An account's home, and the programs that come before the machine's own.
private struct Home {
    let path: String
    var place: String { "\(path)/.cache/codewhale" }
    var programs: String { "\(path)/bin" }

    /// What is delivered.
    var payload: String { "\(path)/payload" }

    private var payloads: SupervisorPayloads { SupervisorPayloads(supervisor: payload) }

    /// Its digest.
    var digest: String {
        get throws {
            try #require(try payloads.all().first { $0.platform == SupervisorPayloads.ownPlatform }).digest
        }
    }

    /// The supervisors that lie in the home.
    var supervisors: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: place).sorted() } }

    /// Adds a program that runs as long as its input is open.
    func add(older name: String) throws -> String {
        let path = "\(place)/supervisor-\(name)"
        try FileManager.default.copyItem(atPath: "/bin/cat", toPath: path)
        return path
    }

    func addProgram(_ name: String, _ text: String) throws {
        try "#!/bin/sh\n\(text)\n".write(toFile: "\(programs)/\(name)", atomically: false, encoding: .utf8)
        chmod("\(programs)/\(name)", 0o700)
    }

    func deliver(over session: any Session) async throws {
        let path = "\(programs):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        let login = LoginSession(session: session, environment: ["HOME": self.path, "PATH": path])
        try await SupervisorDelivery(hostName: "h", session: login, payloads: payloads)
            .deliver(platform: SupervisorPayloads.ownPlatform)
    }
}

/// A session whose commands have a login's environment.
private struct LoginSession: Session {
    let session: any Session
    let environment: [String: String]

    func openChannel(
        _ request: ChannelRequest,
        configure: @escaping @Sendable (any NIOCore.Channel) throws -> Void
    ) async throws -> CommandChannel {
        var request = request
        request.environment = environment
        return try await session.openChannel(request, configure: configure)
    }

    func close() async { await session.close() }
}
