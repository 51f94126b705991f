import FleetTransport
import Foundation
import TestServers
import Testing

/// T7: how a command ended is told exactly, or not at all.
extension TransportCase {
    static let endCases: [TransportCase] =
        ([0, 1, 2, 126, 127, 254] as [Int32])
        .map { code in
            TransportCase("T7", "an exit of \(code)") { site in
                let session = try await site.connect()
                for _ in 0..<2 { #expect(try await session.run(shell("exit \(code)")).end.status == .code(code)) }
            }
        } + [
            TransportCase("T7", "an exit of 255 is told, or unknown, and never 0") { site in
                let session = try await site.connect()
                let expected = site.cell.transport.tellsEveryEnd ? ChannelEnd.Status.code(255) : .unknown
                for _ in 0..<2 { #expect(try await session.run(shell("exit 255")).end.status == expected) }
            },
            TransportCase("T7", "an end by TERM and by KILL is told, or unknown, and never 0") { site in
                let session = try await site.connect()
                for signal in [15, 9] as [Int32] {
                    let expected = site.cell.transport.tellsEveryEnd ? ChannelEnd.Status.signal(signal) : .unknown
                    for _ in 0..<2 {
                        #expect(try await session.run(shell("kill -\(signal) $$")).end.status == expected)
                    }
                }
            },
            TransportCase("T7", "standard output that is closed long before the exit") { site in
                let session = try await site.connect()
                let talk = try await session.talk(shell("echo here; exec >&- 2>&-; read line; exit 3"))
                try await talk.over()
                #expect(talk.text == "here\n")
                try await talk.send("go\n")
                #expect(try await talk.end().status == .code(3))
            },
            TransportCase("T7", "a background child that holds standard output open") { site in
                let session = try await site.connect()
                let talk = try await session.talk(shell("(echo child; read x; echo late) <&0 & wait $!; exit 5"))
                try await talk.wait(for: "child")
                try await talk.finish()
                try await talk.over()
                #expect(talk.text == "child\nlate\n")
                #expect(try await talk.end().status == .code(5))
            },
            TransportCase("T7.outlive", "a child that outlives the command and holds its output open") { site in
                let session = try await site.connect()
                let file = site.cell.transport.isRemote ? "/tmp/hold" : site.file("hold")
                let other = try await session.talk(
                    shell("mkfifo \(file); (read x < \(file); rm \(file); echo late) & echo parent; exit 6")
                )
                try await other.wait(for: "parent")
                let helper = try await session.run(shell("echo go > \(file)"))
                #expect(helper.end.status == .code(0))
                try await other.over()
                #expect(other.text == "parent\nlate\n")
                #expect(try await other.end().status == .code(6))
            },
            TransportCase("T7.lost", "a connection that is lost before the exit status") { site in
                let session = try await site.connect()
                let first = try await session.talk(shell("echo here; read line; exit 0"))
                let second = try await session.talk(shell("echo here; read line; exit 0"))
                for talk in [first, second] { try await talk.wait(for: "here") }
                try await site.server.drop()
                for talk in [first, second] {
                    #expect(try await talk.end().status == .unknown)
                    #expect(talk.heard.value.isOver)
                }
            },
        ]
}
