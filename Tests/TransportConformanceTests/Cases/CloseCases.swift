import FleetTransport
import Foundation
import TestServers
import Testing

/// T11 and T13: nothing is left, and nothing meant for others reaches a client.
extension TransportCase {
    static let closeCases: [TransportCase] = [
        TransportCase("T11", "closing ends every channel, and leaves no process, socket or file on either end") {
            site in
            let session = try await site.connect()
            var talks: [Talk] = []
            for _ in 0..<3 {
                let talk = try await session.talk(shell("echo here; cat"))
                try await talk.wait(for: "here")
                talks.append(talk)
            }
            let hasFiles = site.cell.transport.isRemote && site.cell.transport.hasClients
            #expect(hasFiles == !site.controlFiles().isEmpty)
            await session.close()
            for talk in talks {
                #expect(talk.heard.value.isOver)
                _ = try await talk.end()
            }
            // At once, not after a while.
            #expect(HostProcess.children().filter { $0.command.contains(site.directory) }.map(\.command) == [])
            #expect(site.controlFiles() == [])
        },
        TransportCase("T11", "a session that was never used leaves nothing") { site in
            let session = try await site.connect()
            await session.close()
            #expect(site.controlFiles() == [])
        },
        TransportCase("T11.closed", "a closed session opens nothing more") { site in
            let session = try await site.connect()
            await session.close()
            let error = await #expect(throws: TransportError.self) { try await session.talk(["/bin/cat"]) }
            #expect(error?.code == .transport)
        },
        TransportCase("T11.opening", "closing gives up a channel that is on its way") { site in
            var endpoint = site.endpoint()
            endpoint.port = try OddServer.start(site, .silent)
            endpoint.connectTimeout = 30
            let session = try await site.connect(endpoint)
            let opening = Task {
                await #expect(throws: TransportError.self) { try await session.talk(["/bin/cat"]) }
            }
            let hasClients = site.cell.transport.isRemote && site.cell.transport.hasClients
            func clients() -> [String] {
                HostProcess.children().filter { $0.command.contains(site.directory) }.map(\.command)
            }
            if hasClients { #expect(try await eventually { !clients().isEmpty }) }
            let start = ContinuousClock.now
            await session.close()
            #expect(await opening.value?.code == .transport)
            #expect(start.duration(to: .now) < .seconds(2))
            #expect(clients() == [])
            #expect(site.controlFiles() == [])
        },
        TransportCase("T11.stale", "what a killed process left is removed by the next") { site in
            let stale = "\(site.directory)/codewhale-\(geteuid())/stale"
            try FileManager.default.createDirectory(
                atPath: stale,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            for name in ["lock", "1", "1.log"] {
                try "".write(toFile: "\(stale)/\(name)", atomically: false, encoding: .utf8)
            }
            try await site.run(shell("true"))
            #expect(!FileManager.default.fileExists(atPath: stale))
        },
    ]

    static let signalCases: [TransportCase] = [
        TransportCase("T13", "a Ctrl-C, a Ctrl-\\ and a hang-up of our process group reach no client") { site in
            let session = try await site.connect()
            let first = try await session.talk(shell("echo here; read line; echo \"<$line>\""))
            let second = try await session.talk(shell("echo here; read line; echo \"<$line>\""))
            for talk in [first, second] { try await talk.wait(for: "here") }
            // A group of this process's own for the moment, so that nobody else is met.
            let group = getpgrp()
            let isLeader = group == getpid()
            if !isLeader { #expect(setpgid(0, 0) == 0) }
            let signals = [SIGINT, SIGQUIT, SIGHUP, SIGTSTP]
            let handlers = signals.map { signal($0, SIG_IGN) }
            for signal in signals { kill(0, signal) }
            for (number, handler) in zip(signals, handlers) { signal(number, handler) }
            if !isLeader { #expect(setpgid(0, group) == 0) }
            let clients = HostProcess.children()
                .filter {
                    $0.command.contains(site.directory) || $0.command.hasPrefix("/bin/sh -c echo here")
                }
            #expect(clients.count == 2)
            for client in clients { #expect(client.session == client.pid && client.state != "T") }
            for talk in [first, second] { try await talk.send("still here\n") }
            for talk in [first, second] {
                #expect(try await talk.end().status == .code(0))
                #expect(talk.text == "here\n<still here>\n")
            }
        }
    ]
}
