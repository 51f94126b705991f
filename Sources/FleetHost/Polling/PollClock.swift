import HeapModule
import NIOCore

/// Who has a timer of a ``PollClock``.
protocol PollClockClient: AnyObject {
    /// The timer has fired that was set, up to its leeway too early.
    func pollTimerFired(at now: NIODeadline)
}

/// The timers of the polls of an event loop's hosts.
///
/// Polls that are due within a moment of each other leave in the same turn of the event loop, each before its time by no
/// more than its leeway (see ``PollSettings/leeway``): of hundreds of hosts most find the event loop awake. Runs on that
/// event loop alone.
final class PollClock: NIOScheduledCallbackHandler {
    private struct Entry: Comparable {
        let time: NIODeadline
        /// From when on it may fire.
        let earliest: NIODeadline
        let place: Int

        static func < (left: Entry, right: Entry) -> Bool { left.time < right.time }
    }

    private struct Client {
        let owner: any PollClockClient
        let leeway: TimeAmount
        /// When it is to be called; entries for other times are void.
        var time: NIODeadline?
    }

    private let eventLoop: any EventLoop
    private var clients: [Client?] = []
    private var places: [Int] = []
    private var heap = Heap<Entry>()
    private var alarm: (time: NIODeadline, callback: NIOScheduledCallback)?
    private var isCalling = false

    /// How many timers it keeps, those that are void among them.
    var entryCount: Int { heap.count }

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Somebody will have timers, one at a time.
    ///
    /// - Parameters:
    ///   - owner: who is called when they fire; held until it leaves.
    ///   - leeway: by how much one may fire too early.
    /// - Returns: its place, for the other calls.
    func join(_ owner: any PollClockClient, leeway: TimeAmount) -> Int {
        let client = Client(owner: owner, leeway: leeway)
        guard let place = places.popLast() else {
            clients.append(client)
            return clients.count - 1
        }
        clients[place] = client
        return place
    }

    /// The owner of a place will have none any more.
    func leave(_ place: Int) {
        assert(clients[place] != nil, "it has left before")
        clients[place] = nil
        places.append(place)
        // Nobody is waited for: what is left is void.
        if places.count == clients.count { heap = Heap() }
        setAlarm()
    }

    /// Sets a timer, unless one is set that fires sooner: to be called too early costs a look.
    func set(_ place: Int, _ time: NIODeadline) {
        guard let client = clients[place] else { return }
        if let known = client.time, known <= time { return }
        clients[place]?.time = time
        // Who asks for a time within its leeway has just looked, and there was nothing to do yet.
        let early = time - client.leeway
        heap.insert(Entry(time: time, earliest: early > eventLoop.now ? early : time, place: place))
        dropVoid()
        setAlarm()
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        isCalling = true
        let now = eventLoop.now
        // One that was cancelled too late has fired, and not the one that is set.
        if let alarm, alarm.time > now { alarm.callback.cancel() }
        alarm = nil
        while let entry = heap.min {
            guard let client = clients[entry.place], client.time == entry.time else {
                heap.removeMin()
                continue
            }
            guard entry.earliest <= now else { break }
            heap.removeMin()
            clients[entry.place]?.time = nil
            client.owner.pollTimerFired(at: eventLoop.now)
        }
        isCalling = false
        setAlarm()
    }

    /// What is void stays until its time, but for where it is the greater part.
    private func dropVoid() {
        guard heap.count > 2 * clients.count + 64 else { return }
        heap = Heap(heap.unordered.filter { clients[$0.place]?.time == $0.time })
    }

    private func setAlarm() {
        guard !isCalling else { return }
        guard let time = heap.min?.time else {
            alarm?.callback.cancel()
            alarm = nil
            return
        }
        if let alarm {
            guard time < alarm.time else { return }
            alarm.callback.cancel()
        }
        // Only an event loop that is shut down refuses, and then nothing is polled any more.
        alarm = (try? eventLoop.assumeIsolated().scheduleCallback(at: time, handler: self)).map { (time, $0) }
    }
}

/// The clocks of event loops, each to be taken out of its box there alone.
typealias PollClocks = PerEventLoop<NIOLoopBoundBox<PollClock>>

extension PollClocks {
    /// No clocks yet.
    convenience init() { self.init { .makeBoxSendingValue(PollClock(on: $0), eventLoop: $0) } }
}
