import CFleetSupervisor
import FleetWire

/// The far end of a control channel: answers the near end's requests, and pushes what changes.
///
/// One thread, one loop. Nothing here waits for a program, a disk full of artifacts or a slow reader: attempts run under
/// shims, which live on when this process ends; artifacts are collected by a process of their own. What is known of an
/// attempt stands in its record, so that this process may come and go.
final class Attach {
    let place: StatePlace
    let state: StateDirectory
    let host: HostIdentity
    let null: Int32
    var environment: ProgramEnvironment
    var stream: FrameStream
    var watcher: StateWatcher
    var isGreeted = false

    /// The attempts whose shim this process forked and that are not over.
    var attempts: [UInt32: OwnAttempt] = [:]
    var numbers: [AttemptKey: UInt32] = [:]
    /// Processes that end what is left of attempts whose shim died.
    var salvages: [pid_t: AttemptKey] = [:]
    /// Attempts whose shims live and hold other files than the records here, which are copies of these.
    var strangers: Set<AttemptKey> = []
    /// When these are looked at again, by the steady clock.
    var strangersDue: UInt64 = 0
    /// Ends that were asked for and are not carried out yet.
    var ends: [PendingEnd] = []
    var collections: [ArtifactCollection] = []
    var waitingCollections: [(id: UInt32, request: CollectRequest)] = []
    /// The newest revision that the near end was told of each attempt.
    var told: [AttemptKey: UInt64] = [:]
    /// What is to be pushed.
    var pushes: [AttemptKey: AttemptReport] = [:]

    private let signals: Int32
    private let messages: Int32
    /// Where shims tell what they do.
    let messagePipe: Int32
    private var messageBytes: [UInt8] = []
    private var lastNumber: UInt32 = 0

    private init(_ place: StatePlace, stream: FrameStream, null: Int32) throws(WireFailure) {
        self.place = place
        state = try StateDirectory(path: try place.path())
        SpareSpace.take(in: state.descriptor)
        if case .workspace = place { HostPlace.note(in: state.descriptor) }
        self.stream = stream
        self.null = null
        host = HostIdentity.current()
        environment = ProgramEnvironment.inherited()
        watcher = StateWatcher(path: state.path)
        signals = cfleet_signal_descriptor()
        var ends: [Int32] = [-1, -1]
        guard signals >= 0, cfleet_pipe(&ends) == 0 else {
            throw WireFailure(.inputOutput, "The host refused a descriptor (\(SystemFault.current.words)).")
        }
        messages = ends[0]
        messagePipe = ends[1]
        _ = cfleet_set_nonblocking(messages)
        cfleet_widen_pipe(messages, 1 << 20)
    }

    /// The life of `attach`: until the near end closes its side.
    static func run(state: StatePlace, nonce: String) -> Never {
        cfleet_default_signals()
        cfleet_block_signals(1)
        // Orphans of a shim that is killed come here, and are known so.
        _ = cfleet_become_subreaper()
        var stream = FrameStream(input: 0, output: 1)
        stream.send(raw: Preamble.marker(nonce: nonce))
        let null = openNull()
        do throws(WireFailure) {
            let attach = try Attach(state, stream: stream, null: null)
            attach.loop()
        } catch {
            refuse(stream, error)
        }
        _exit(0)
    }

    /// What attempts read as their input: `/dev/null`, or an ended pipe on a host that has no such device.
    private static func openNull() -> Int32 {
        let null = cfleet_openat(AT_FDCWD, "/dev/null", O_RDWR, 0)
        var ends: [Int32] = [-1, -1]
        guard null < 0, cfleet_pipe(&ends) == 0 else { return null }
        _ = close(ends[1])
        return ends[0]
    }

    /// Answers whatever is asked first with why this host cannot be worked on, and ends.
    private static func refuse(_ stream: FrameStream, _ failure: WireFailure) {
        var stream = stream
        while !stream.isClosed {
            stream.flush()
            if stream.isClosed { return }
            var polled = stream.polled
            guard poll(&polled, nfds_t(polled.count), -1) >= 0 || cfleet_errno() == EINTR else { return }
            if polled[0].revents != 0 { stream.receive() }
            guard let frame = (try? stream.next()) ?? nil else { continue }
            stream.send(Reply.failure(failure).frame(id: frame.requestID))
            stream.flush()
            return
        }
    }

    private func loop() {
        watchAll()
        while !stream.isClosed {
            pushChanges()
            stream.flush()
            // Nobody takes what is said any more: there is nothing left to wait for.
            if stream.isClosed { return }
            var polled = stream.polled
            polled.append(pollfd(fd: messages, events: Int16(POLLIN), revents: 0))
            polled.append(pollfd(fd: signals, events: Int16(POLLIN), revents: 0))
            polled.append(pollfd(fd: watcher.descriptor, events: Int16(POLLIN), revents: 0))
            for collection in collections { polled.append(collection.polled) }
            // An end that waits for another process's shim to say who it is has nothing to wake it for certain.
            let timeout = ends.contains { !$0.isDelivered } ? 20 : strangersTimeout
            guard poll(&polled, nfds_t(polled.count), timeout) >= 0 else { continue }
            if polled[2].revents != 0 { takeMessages() }
            if polled[3].revents != 0 { takeSignals() }
            if polled[4].revents != 0 { takeChanges() }
            if !collections.isEmpty { readCollections() }
            if polled[0].revents != 0 { takeRequests() }
            if polled[1].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return }
            carryOutEnds()
            lookAtStrangers()
        }
    }

    /// A number that tells one forked process's messages from another's.
    func nextNumber() -> UInt32 {
        repeat { lastNumber &+= 1 } while lastNumber == 0 || attempts[lastNumber] != nil
        return lastNumber
    }

    /// Answers a request.
    ///
    /// An answer that no frame holds would end the channel, and with it what others wait for: that is answered instead.
    func reply(_ reply: Reply, to id: UInt32) {
        let frame = reply.frame(id: id)
        guard !frame.fits else { return stream.send(frame) }
        let message =
            "The answer has \(frame.payload.count) bytes, and no more than \(Frame.maximumLength) are sent. "
            + "Let the task leave fewer artifacts, or shorter names."
        stream.send(Reply.failure(WireFailure(.inputOutput, message)).frame(id: id))
    }

    /// Reads what shims and salvages tell.
    func takeMessages() {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, filled in
                count = read(messages, buffer.baseAddress, buffer.count)
                filled = max(count, 0)
            }
            guard count > 0 else { break }
            messageBytes += bytes
        }
        var position = 0
        while let frame = (try? Frame.take(from: messageBytes, at: &position)) ?? nil {
            if let message = ShimMessage(frame) { take(message, from: frame.requestID) }
        }
        messageBytes.removeFirst(position)
    }

    private func takeSignals() {
        while cfleet_next_signal(signals) != 0 {}
        reapChildren()
    }

    private func takeRequests() {
        stream.receive()
        do throws(WireError) {
            while let frame = try stream.next() {
                let request: Request
                do throws(WireError) {
                    request = try Request(frame)
                } catch {
                    reply(
                        .failure(WireFailure(.badRequest, "The request cannot be understood (\(error)).")),
                        to: frame.requestID
                    )
                    continue
                }
                answer(request, id: frame.requestID)
            }
        } catch {
            // What is no frame has no answer, and nothing after it can be trusted.
            stream.flush()
            _exit(65)
        }
    }
}
