import CLibSSH2
import FleetTransport
import NIOCore
import Synchronization

/// A channel of an SSH connection as a channel of NIO: a command's standard input and output, or a tunnel.
///
/// `@unchecked Sendable`: everything that changes is read and changed on the event loop alone, but for what
/// `isActive` and `isWritable` show, which is atomic.
final class SSHChildChannel: Channel, @unchecked Sendable {
    /// Bytes that may wait to be written before the channel is not writable.
    static let highWater = 256 << 10
    /// How long a command that was left may take to end because its input has.
    static let inputGrace = TimeAmount.milliseconds(500)
    /// How long the host may take to close a channel that was closed here.
    static let closeGrace = TimeAmount.seconds(2)
    /// How much of standard error is kept.
    static let diagnosticsLimit = 64 << 10

    let eventLoop: any EventLoop
    let allocator = ByteBufferAllocator()
    let end: EventLoopFuture<ChannelEnd>
    let endPromise: EventLoopPromise<ChannelEnd>
    let closePromise: EventLoopPromise<Void>
    let isCommand: Bool
    /// Under which number its exit status comes; nil where none does.
    private let number: UInt32?
    /// The library's channel; nil when it was freed.
    var pointer: OpaquePointer?
    /// Nil when the channel has ended, as it has when the connection has: until then they hold each other.
    var connection: SSHConnection?
    /// Lets go of the channel when its handlers are removed.
    private var ownPipeline: ChannelPipeline?

    var isReadAutomatic = true
    var isReadWanted = false
    /// Whether what has come is being handed out, and whether more was asked for meanwhile.
    var (isDelivering, isReadAskedAgain) = (false, false)
    /// Whether all that has come was handed out just now, so that a read that is wanted finds nothing.
    var isDrained = false
    var isRegistered = false
    /// Whether its handlers were told that it is over, or would have been.
    var isDeactivated = false
    /// Whether it was closed here; what still comes is dropped.
    var isAbandoned = false
    /// Whether the host was told to close it.
    var isClosing = false
    /// Whether that was said.
    var hasSentClose = false
    /// Whether the host has closed its output, and it was read to the end.
    var hasSeenEnd = false
    /// Whether the host has closed the channel, as it does when the command has ended; else that may live on there.
    var isEndSeen = false
    var writes = MarkedCircularBuffer<(ByteBuffer, EventLoopPromise<Void>?)>(initialCapacity: 4)
    var waitingBytes = 0
    /// Told when the host knows that nothing more comes; nil where the output was not closed.
    var outputClosing: [EventLoopPromise<Void>?]?
    var hasClosedOutput = false
    var diagnostics: [UInt8] = []
    var graceAlarm: Scheduled<Void>?

    private let active = Atomic(false)
    private let writable = Atomic(true)

    init(_ pointer: OpaquePointer, number: UInt32?, on connection: SSHConnection, isCommand: Bool) {
        self.pointer = pointer
        self.number = number
        self.connection = connection
        self.isCommand = isCommand
        eventLoop = connection.eventLoop
        endPromise = eventLoop.makePromise()
        end = endPromise.futureResult
        closePromise = eventLoop.makePromise()
        ownPipeline = ChannelPipeline(channel: self)
        if let number { connection.session?.streams.memory.watch(number) }
    }

    /// Whether the host has said with which code the command ended; asked once.
    func takeStatus() -> Bool {
        guard let number else { return false }
        return connection?.session?.streams.memory.endWatch(number) ?? false
    }

    // MARK: - Channel

    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var pipeline: ChannelPipeline { ownPipeline ?? ChannelPipeline(channel: self) }
    var localAddress: SocketAddress? { nil }
    var remoteAddress: SocketAddress? { nil }
    var parent: (any Channel)? { nil }
    var _channelCore: any ChannelCore { self }

    var isActive: Bool {
        get { active.load(ordering: .acquiring) }
        set { active.store(newValue, ordering: .releasing) }
    }

    var isWritable: Bool {
        get { writable.load(ordering: .acquiring) }
        set { writable.store(newValue, ordering: .releasing) }
    }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        if eventLoop.inEventLoop {
            return eventLoop.makeCompletedFuture { try set(option, value) }
        }
        return eventLoop.submit { try self.set(option, value) }
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        if eventLoop.inEventLoop { return eventLoop.makeCompletedFuture { try get(option) } }
        return eventLoop.submit { try self.get(option) }
    }

    private func set<Option: ChannelOption>(_ option: Option, _ value: Option.Value) throws {
        guard option is ChannelOptions.Types.AutoReadOption, let isOn = value as? Bool else {
            // What is only for sockets has no meaning here.
            throw ChannelError.operationUnsupported
        }
        let wasOn = isReadAutomatic
        isReadAutomatic = isOn
        if !isOn { isReadWanted = false }
        if isOn, !wasOn { pipeline.read() }
    }

    private func get<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        if option is ChannelOptions.Types.AutoReadOption, let value = isReadAutomatic as? Option.Value { return value }
        throw ChannelError.operationUnsupported
    }
}
