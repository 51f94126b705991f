import CLibSSH2
import FleetTransport
import NIOCore

/// What a channel is opened for.
enum ChannelPurpose: Sendable {
    /// A command line, with variables in the order of their names.
    case command(String, environment: [(name: String, value: String)])
    /// A connection from the host to another.
    case tunnel(host: String, port: Int)
}

/// The host took no further channel on the connection.
struct ChannelRefused: Error {}

/// The host was not asked for the channel, as the connection can open no more.
struct OpeningReturned: Error {}

extension SSHConnection {
    /// How much the host may send on a channel before somebody has read it, in bytes.
    static let window = UInt32(2 << 20)
    private static let packet = UInt32(32_768)

    /// Opens a channel.
    ///
    /// Where it is not wanted any more, the host is not asked for it, or its command is not sent and it is closed.
    ///
    /// - Parameters:
    ///   - purpose: what for.
    ///   - isWanted: whether it still is.
    ///   - onBegin: called when the host is asked for it, as the openings before are over.
    ///   - onStart: called when the command is sent, which may have begun from then on.
    ///   - configure: adds its handlers, before anything comes.
    /// - Returns: the channel; fails with ``ChannelRefused``, ``OpeningReturned``, `CancellationError` where it was not
    ///   begun, a ``TransportError``, or what `configure` throws.
    func open(
        _ purpose: ChannelPurpose,
        isWanted: @escaping () -> Bool = { true },
        onBegin: @escaping () -> Void = {},
        onStart: @escaping () -> Void = {},
        configure: @escaping (any Channel) throws -> Void
    ) -> EventLoopFuture<SSHChildChannel> {
        var opened: SSHChildChannel?
        var index = 0
        var (hasBegun, hasStarted, mayBeEarly) = (false, false, false)
        let future = performUnlessOver(isWanted) { [unowned self] session -> SSHChildChannel? in
            if opened == nil {
                if !hasBegun {
                    guard isWanted() else { throw CancellationError() }
                    hasBegun = true
                    mayBeEarly = hasClosed
                    hasClosed = false
                    onBegin()
                }
                let begun: OpaquePointer?
                do {
                    begun = try Self.begin(purpose, session)
                } catch is ChannelRefused where mayBeEarly {
                    // sshd counts a command whose channel was closed right before as long as it has not tidied up,
                    // which it does before it says this.
                    mayBeEarly = false
                    begun = try Self.begin(purpose, session)
                }
                guard let pointer = begun else { return nil }
                let number = purpose.isCommand ? session.streams.memory.lastChannel : nil
                let channel = SSHChildChannel(pointer, number: number, on: self, isCommand: purpose.isCommand)
                opened = channel
                add(channel)
            }
            guard let channel = opened, let pointer = channel.pointer else {
                throw LibSSH2Error(LIBSSH2_ERROR_CHANNEL_CLOSED, of: session.pointer)
            }
            do {
                if case .command(let line, let environment) = purpose {
                    while index < environment.count {
                        let (name, value) = environment[index]
                        let code = libssh2_channel_setenv_ex(
                            pointer,
                            name,
                            UInt32(name.utf8.count),
                            value,
                            UInt32(value.utf8.count)
                        )
                        if code == LIBSSH2_ERROR_SOCKET_SEND { throw Self.tooLong(name, host: self.name) }
                        // A name that the host refuses is found missing by who checks what arrived; the channel lives.
                        guard try code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED || session.isDone(code) else {
                            return nil
                        }
                        index += 1
                    }
                    if !hasStarted {
                        guard isWanted() else {
                            channel.abandon()
                            return channel
                        }
                        hasStarted = true
                        onStart()
                    }
                    let code = libssh2_channel_process_startup(pointer, "exec", 4, line, UInt32(line.utf8.count))
                    guard try session.isDone(code) else { return nil }
                    noteCommand()
                }
                try channel.activate(configure)
                return channel
            } catch {
                if !session.streams.isOver { channel.abandon() }
                throw error
            }
        }
        return future.flatMapErrorThrowing { [name] error in
            guard let error = error as? LibSSH2Error else { throw error }
            if error.code == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED {
                throw TransportError(
                    .configuration,
                    "\(name): the account may not run commands",
                    reason: .restricted,
                    hint: "codewhale needs a login shell that runs /bin/sh (no nologin, rbash or ForceCommand)"
                )
            }
            throw TransportError(
                .transport,
                "\(name): the channel could not be opened",
                reason: .lost,
                hint: "libssh2: \(error.message) (\(error.code))"
            )
        }
    }

    /// The library sends no packet of more than 35,000 bytes, and all else goes to a buffer that takes it.
    private static func tooLong(_ name: String, host: String) -> TransportError {
        TransportError(
            .environment,
            "\(host): the value of \(name) is too long to be sent",
            hint: "a variable may have up to 32 KiB; put what is longer into a file"
        )
    }

    /// Makes a call until it is over, as ``perform(_:)`` does; what it throws because the connection has ended is not its
    /// own failure: that of the connection is told next, to all who wait.
    private func performUnlessOver<Value: Sendable>(
        _ isWanted: @escaping () -> Bool,
        _ call: @escaping (SessionHandle) throws -> Value?
    ) -> EventLoopFuture<Value> {
        perform(isWanted: isWanted) { session in
            do {
                return try call(session)
            } catch is LibSSH2Error where session.streams.isOver {
                return nil
            }
        }
    }

    /// Whether the host may close a channel that is being opened because a command on another has ended: dropbear does,
    /// up to 2022.83 at least, and then ends the connection over its own fault.
    var endsChannelsThatOpen: Bool {
        guard let session, let banner = libssh2_session_banner_get(session.pointer) else { return false }
        return String(cString: banner).contains("dropbear")
    }

    private static func begin(_ purpose: ChannelPurpose, _ session: SessionHandle) throws -> OpaquePointer? {
        let pointer: OpaquePointer? =
            switch purpose {
            case .command:
                libssh2_channel_open_ex(session.pointer, "session", 7, window, packet, nil, 0)
            case .tunnel(let host, let port):
                libssh2_channel_direct_tcpip_ex(session.pointer, host, CInt(port), "127.0.0.1", 0)
            }
        if let pointer { return pointer }
        let code = libssh2_session_last_errno(session.pointer)
        if code == LIBSSH2_ERROR_EAGAIN { return nil }
        if code == LIBSSH2_ERROR_CHANNEL_FAILURE { throw ChannelRefused() }
        throw LibSSH2Error(code, of: session.pointer)
    }
}

extension ChannelPurpose {
    fileprivate var isCommand: Bool { if case .command = self { true } else { false } }
}
