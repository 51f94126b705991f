import FleetTransport
import Foundation
import TestServers
import TestSupport
import Testing

/// T10: who waits may be cancelled at any moment, and nothing is left of it.
extension TransportCase {
    static let cancellationCases: [TransportCase] = [
        TransportCase("T10", "connecting is cancelled at any moment") { site in
            // A wait of any length hits any moment; nothing is expected to have happened after it.
            var generator = SeededGenerator(seed: Selection.seed)
            for _ in 0..<12 {
                let task = Task {
                    let session = try await site.transport().connect()
                    let result: Result<Talk, any Error>
                    do { result = .success(try await session.talk(["/bin/cat"])) } catch { result = .failure(error) }
                    await session.close()
                    return try result.get()
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...250, using: &generator)))
                task.cancel()
                // Cancelled, or there in time; but for nothing else.
                do { _ = try await task.value } catch is CancellationError {}
            }
            #expect(try await site.run(shell("echo here")).output == "here\n")
        },
        TransportCase("T10.open", "opening a channel is cancelled at any moment, and the session serves the next") {
            site in
            var generator = SeededGenerator(seed: Selection.seed &+ 1)
            let session = try await site.connect()
            for _ in 0..<20 {
                let task = Task { try await session.talk(["/bin/cat"]) }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...120, using: &generator)))
                task.cancel()
                do { try await task.value.leave() } catch is CancellationError {}
            }
            #expect(try await session.run(shell("echo here")).output == "here\n")
        },
        TransportCase("T10.many", "many that wait for one connection are cancelled, but for some") { site in
            let session = try await site.connect()
            let tasks = (0..<12).map { _ in Task { try await session.talk(["/bin/cat"]) } }
            try await Task.sleep(for: .milliseconds(30))
            for task in tasks.prefix(10) { task.cancel() }
            for task in tasks.prefix(10) {
                do { try await task.value.leave() } catch is CancellationError {}
            }
            var talks: [Talk] = []
            for task in tasks.suffix(2) { talks.append(try await task.value) }
            for talk in talks {
                try await talk.send("still here")
                try await talk.finish()
            }
            for talk in talks {
                try await talk.over()
                #expect(talk.text == "still here")
                #expect(try await talk.end().status == .code(0))
            }
        },
        TransportCase("T10", "who leaves a channel ends its command where that reads or writes") { site in
            let session = try await site.connect()
            for command in [["/bin/cat"], shell("while :; do echo line; done")] {
                let talk = try await Talk.open(session, ChannelRequest(arguments: command)) { _ in }
                talk.leave()
                #expect(try await talk.end().status != .code(0) || command == ["/bin/cat"])
            }
            #expect(try await session.run(shell("echo here")).output == "here\n")
        },
    ]
}
