import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import FleetTransport

@Suite("The log of an ssh client", .timeLimit(.minutes(1)))
struct ClientLogTests {
    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private static func withDirectory(_ body: (String) async throws -> Void) async throws {
        let place = "/tmp/cl-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try await body(place)
    }

    private static func write(_ text: String, to path: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test("What the client wrote is there at its end, and the pipe is not")
    func whole() async throws {
        try await Self.withDirectory { place in
            let log = try await ClientLog("\(place)/log", on: Self.loop)
            try Self.write("one\n", to: "\(place)/log")
            #expect(try await log.take().get() == "one\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == [])
        }
    }

    @Test("A client that never opened it has said nothing")
    func empty() async throws {
        try await Self.withDirectory { place in
            let log = try await ClientLog("\(place)/log", on: Self.loop)
            #expect(try await log.take().get() == "")
            await #expect(throws: TransportError.self) { _ = try await ClientLog("\(place)/no/log", on: Self.loop) }
        }
    }

    @Test("A client that somebody makes say a great deal fills no disk, and its channel serves")
    func bounded() async throws {
        try await Self.withDirectory { place in
            // It says 8 MiB, then runs the command here.
            let program = """
                #!/bin/sh
                for word; do case $before in -E) log=$word;; esac; before=$word; last=$word; done
                if [ "$1" = -G ]; then echo "hostname h"; echo "user u"; exit 0; fi
                exec 3>> "$log"
                yes 'a word of the host' 2>/dev/null | head -c 8388608 >&3
                echo the last word >&3
                exec /bin/sh -c "$last"
                """
            try program.write(toFile: "\(place)/ssh", atomically: false, encoding: .utf8)
            chmod("\(place)/ssh", 0o700)
            let transport = SystemSSHTransport(
                endpoint: SSHEndpoint(host: "h"),
                environment: ["PATH": "\(place):/usr/bin:/bin", "TMPDIR": place],
                eventLoop: Self.loop
            )
            let session = try await transport.connect()
            let box = OutputCollector.Box()
            let request = ChannelRequest(arguments: ["/bin/cat"])
            let channel = try await session.openChannel(request) {
                try $0.pipeline.syncOperations.addHandler(OutputCollector(box, closesAtEnd: true))
            }
            let files = FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String } ?? []
            #expect(files.contains { $0.hasSuffix("/1.log") })
            for file in files {
                let size = try FileManager.default.attributesOfItem(atPath: "\(place)/\(file)")[.size] as? Int
                #expect(size ?? 0 < 1 << 20, "\(file)")
            }
            try await channel.channel.writeAndFlush(ByteBuffer(string: "here\n"))
            try await channel.channel.close(mode: .output)
            let end = try await channel.end.get()
            #expect(box.text == "here\n")
            #expect(end.diagnostics.hasSuffix("the last word\n") && end.diagnostics.utf8.count <= 64 << 10)
            await session.close()
        }
    }
}
