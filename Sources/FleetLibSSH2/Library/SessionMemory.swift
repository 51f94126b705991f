import CLibSSH2

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the memory of a session tells: how much of it there is, and whether a host has told how a command ended.
///
/// The library keeps what nobody asked for without any bound, and it says 0 for an exit status as long as none has come
/// (`libssh2_channel_get_exit_status(3)`), so that a command of unknown end would seem to have succeeded. But every
/// message stands in a block of the allocator that a session is given (`libssh2_session_init_ex(3)`), and is still there
/// when the block is freed.
struct SessionMemory {
    /// How many bytes the library holds for the session.
    private(set) var held = 0
    /// The number of the channel for a command that was asked for last, as the host is told it; nil before the first.
    private(set) var lastChannel: UInt32?
    /// Channels whose command runs, and whether its exit status has come.
    private var statuses: [UInt32: Bool] = [:]
    /// How many commands were said to have ended by a signal.
    private var signalCount = 0

    /// Whether the host says more often than commands were asked for that one has ended by a signal: each time the library
    /// forgets what it holds of the one before.
    var isLeaking: Bool { signalCount > Int(lastChannel ?? 0) + 1 }

    /// From now on the exit status of a channel is looked for.
    mutating func watch(_ channel: UInt32) { statuses[channel] = false }

    /// Whether an exit status has come for a channel, which is watched no more.
    mutating func endWatch(_ channel: UInt32) -> Bool { statuses.removeValue(forKey: channel) ?? false }

    /// The library has taken a block.
    mutating func take(_ size: Int) { held += size }

    /// The library gives a block back.
    mutating func giveBack(_ block: UnsafeRawBufferPointer) {
        held -= block.count
        switch block.first {
        case Message.channelOpen where Self.has(Message.session, at: 1, block):
            lastChannel = Self.number(at: 12, block) ?? lastChannel
        case Message.channelRequest where Self.has(Message.exitStatus, at: 5, block) && block.count >= 25:
            // Only channels that are watched: a host may name any number of others.
            if let channel = Self.number(at: 1, block), statuses[channel] != nil { statuses[channel] = true }
        case Message.channelRequest where Self.has(Message.exitSignal, at: 5, block): signalCount += 1
        default: break
        }
    }

    private static func has(_ words: [UInt8], at place: Int, _ block: UnsafeRawBufferPointer) -> Bool {
        block.count >= place + words.count && block[place..<(place + words.count)].elementsEqual(words)
    }

    private static func number(at place: Int, _ block: UnsafeRawBufferPointer) -> UInt32? {
        guard block.count >= place + 4 else { return nil }
        return UInt32(bigEndian: block.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// How messages begin (RFC 4254, sections 5.1 and 6.10).
    private enum Message {
        static let channelOpen = UInt8(90)
        static let session: [UInt8] = [0, 0, 0, 7] + Array("session".utf8)
        static let channelRequest = UInt8(98)
        static let exitStatus: [UInt8] = [0, 0, 0, 11] + Array("exit-status".utf8)
        static let exitSignal: [UInt8] = [0, 0, 0, 11] + Array("exit-signal".utf8)
    }
}

// The system's allocator, as who signs for the library hands over memory of it.

let sessionAllocate: @convention(c) (Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> UnsafeMutableRawPointer? =
    { count, context in
        guard let block = malloc(count) else { return nil }
        streams(of: context)?.memory.take(codewhale_block_size(block))
        return block
    }

let sessionFree: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Void =
    { block, context in
        guard let block else { return }
        streams(of: context)?.memory
            .giveBack(UnsafeRawBufferPointer(start: block, count: codewhale_block_size(block)))
        free(block)
    }

let sessionReallocate:
    @convention(c) (
        UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> UnsafeMutableRawPointer? = { block, count, context in
        let before = block.map { codewhale_block_size($0) } ?? 0
        guard let new = realloc(block, count) else { return nil }
        streams(of: context)?.memory.take(codewhale_block_size(new) - before)
        return new
    }
