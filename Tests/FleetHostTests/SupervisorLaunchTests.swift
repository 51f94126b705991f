import FleetTransport
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import FleetHost

/// How the supervisor's command line is made.
struct SupervisorLaunchTests {
    @Test("a supervisor that is there may begin with ~/, and gets its arguments as they are")
    func presentSupervisor() async throws {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("launch \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: home) } }
        let program = home.appendingPathComponent("own supervisor").path
        try "#!/bin/sh\nfor a; do echo \"<$a>\"; done\n".write(toFile: program, atomically: true, encoding: .utf8)
        chmod(program, 0o755)
        for path in ["~/own supervisor", program] {
            let launch = SupervisorLaunch.present(path, workspace: "w1")
            let request = try launch.request(nonce: "n1", environment: ["HOME": home.path, "PATH": "/usr/bin:/bin"])
            #expect(try await Self.output(request) == ["<attach>", "<--workspace>", "<w1>", "<--nonce>", "<n1>"])
        }
    }

    private static func output(_ request: ChannelRequest) async throws -> [String] {
        let session = try await LocalTransport(eventLoop: MultiThreadedEventLoopGroup.singleton.next()).connect()
        let box = OutputCollector.Box()
        let command = try await session.openChannel(request) {
            try $0.pipeline.syncOperations.addHandler(OutputCollector(box, closesAtEnd: true))
        }
        _ = try await command.end.get()
        await session.close()
        return box.lines
    }
}
