import FleetTransport
import Foundation
import NIOCore
import Synchronization
import TestServers
import Testing

/// T6: bytes arrive as they are, and nobody waits for another.
extension TransportCase {
    private static let mebibyte = 1 << 20

    static let byteCases: [TransportCase] = [
        TransportCase("T6", "every byte value comes and goes") { site in
            let session = try await site.connect()
            let talk = try await session.talk(["/bin/cat"])
            let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            try await talk.send(bytes)
            try await talk.finish()
            try await talk.over()
            #expect(talk.heard.value.bytes == bytes)
            #expect(try await talk.end().status == .code(0))
        },
        TransportCase("T6", "64 MiB each way at once, equal") { site in
            let pattern = Pattern()
            let session = try await site.connect()
            let talk = try await Talk.open(session, ChannelRequest(arguments: ["/bin/cat"])) { pattern.take($0) }
            for _ in 0..<64 { try await talk.send(pattern.next(mebibyte)) }
            try await talk.finish()
            try await talk.over()
            #expect(talk.heard.value.count == 64 * mebibyte && pattern.faults == 0)
            #expect(try await talk.end().status == .code(0))
        },
        TransportCase("T6", "16 MiB arrive with the digest that they were sent with") { site in
            let bytes = Pattern().next(16 * mebibyte)
            let file = site.file("sent")
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            let digest = try await Command.run(["sha256sum", file]).text.prefix(64)
            let session = try await site.connect()
            let talk = try await session.talk(shell("exec sha256sum"))
            for start in stride(from: 0, to: bytes.count, by: mebibyte) {
                try await talk.send(Array(bytes[start..<(start + mebibyte)]))
            }
            try await talk.finish()
            try await talk.over()
            #expect(talk.text.hasPrefix(digest))
            _ = try await talk.end()
        },
        TransportCase("T6", "standard error is kept apart, and bounded") { site in
            let (output, end) = try await site.run(
                shell(
                    "i=0; while [ $i -lt 3000 ]; do echo error-line-number-$i-of-many >&2; i=$((i+1)); done; echo out"
                )
            )
            #expect(output == "out\n" && end.status == .code(0))
            #expect(end.diagnostics.utf8.count <= 64 << 10)
            #expect(end.diagnostics.contains("error-line-number-2999-of-many"))
        },
        TransportCase("T6", "a reader that does not read stalls no other channel, and holds memory bounded") { site in
            let session = try await site.connect()
            let talk = try await Talk.open(
                session,
                ChannelRequest(arguments: shell("head -c 16777216 /dev/zero; echo done >&2")),
                isPaused: true
            ) { _ in }
            // The other channels are served all the while.
            var before: Int?
            for number in 0..<3 {
                let (output, _) = try await session.run(shell("head -c 3000000 /dev/zero | wc -c; echo \(number)"))
                #expect(output.split(whereSeparator: \.isWhitespace) == ["3000000", "\(number)"])
                before = before ?? talk.heard.value.count
            }
            // No more than what came before it stopped.
            #expect(talk.heard.value.count == before && talk.heard.value.count < 16 * mebibyte)
            let clients = HostProcess.children().filter { $0.command.contains(site.directory) }
            for client in clients {
                let status = try String(contentsOfFile: "/proc/\(client.pid)/status", encoding: .utf8)
                let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
                let peak = Int(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "") ?? 0
                #expect(peak > 0 && peak < 20 << 10, "\(line)")
            }
            try await talk.command.channel.setOption(.autoRead, value: true).get()
            try await talk.over()
            #expect(talk.heard.value.count == 16 * mebibyte)
            #expect(try await talk.end().status == .code(0))
        },
        TransportCase("T6", "a slow reader gets all, a little at a time") { site in
            let session = try await site.connect()
            let talk = try await Talk.open(
                session,
                ChannelRequest(arguments: shell("head -c 2000000 /dev/zero")),
                isPaused: true
            )
            while !talk.heard.value.isOver {
                let before = talk.heard.value.count
                talk.command.channel.read()
                try await talk.heard.wait("more") { $0.count > before || $0.isOver }
            }
            #expect(talk.heard.value.count == 2_000_000)
            _ = try await talk.end()
        },
    ]
}

/// Bytes without a short period, which are checked as they come back.
private final class Pattern: Sendable {
    private struct State {
        var sent = 0
        var received = 0
        var faults = 0
    }

    /// Longer than any part by a prime, and twice over, so that any part stands in one piece in it.
    private static let period = 1_299_709
    private static let block: [UInt8] = {
        var state: UInt32 = 7
        let once = (0..<period)
            .map { _ -> UInt8 in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
        return once + once
    }()
    private let state = Mutex(State())

    var faults: Int { state.withLock { $0.faults } }

    func next(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let part = min(count - bytes.count, Self.period)
            let start = state.withLock { state in
                defer { state.sent += part }
                return state.sent % Self.period
            }
            bytes += Self.block[start..<(start + part)]
        }
        return bytes
    }

    func take(_ buffer: ByteBuffer) {
        state.withLock { state in
            buffer.withUnsafeReadableBytes { bytes in
                var done = 0
                while done < bytes.count {
                    let part = min(bytes.count - done, Self.period)
                    let start = state.received % Self.period
                    let isEqual = Self.block.withUnsafeBytes { block -> Bool in
                        guard let mine = block.baseAddress, let theirs = bytes.baseAddress else { return false }
                        return memcmp(mine + start, theirs + done, part) == 0
                    }
                    if !isEqual { state.faults += 1 }
                    done += part
                    state.received += part
                }
            }
        }
    }
}
