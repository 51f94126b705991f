import FleetTransport
import NIOCore
import NIOEmbedded
import Testing

@testable import FleetLibSSH2

/// The time of a connection attempt, on a clock of the test's own.
@Suite("Time of attempts")
struct ConnectWatchTests {
    /// What an attempt says to whoever gave it leave.
    private final class Record: @unchecked Sendable {
        // Touched on the test's thread alone, which is the event loop's.
        var rests = 0
        var error: TransportError?
    }

    private let loop = EmbeddedEventLoop()
    private let record = Record()
    private static let late = TransportError(.transport, "late", reason: .timeout)

    private func leave(_ resumed: EventLoopFuture<Void>? = nil) -> ConnectLeave {
        let (record, resumed) = (self.record, resumed ?? loop.makeSucceededVoidFuture())
        return ConnectLeave(enter: {}, rest: { record.rests += 1 }, resume: { resumed })
    }

    /// An attempt that ends after five seconds, and waits for something without end until then.
    private func timed() -> (ConnectWatch, EventLoopPromise<Void>) {
        let (watch, promise, record) = (ConnectWatch(on: loop), loop.makePromise(of: Void.self), self.record)
        watch.wait(for: promise.futureResult)
            .whenFailure { record.error = $0 as? TransportError }
        watch.endsAt(loop.now + .seconds(5), Self.late)
        return (watch, promise)
    }

    @Test("it rests after a while without an answer, and not after one", arguments: [false, true])
    func rest(isAnswered: Bool) throws {
        let watch = ConnectWatch(on: loop)
        watch.knock(leave())
        loop.advanceTime(by: ConnectLeave.patience - .milliseconds(1))
        #expect(record.rests == 0)
        if isAnswered { try watch.isAnswered(leave()).wait() }
        loop.advanceTime(by: .seconds(10))
        #expect(record.rests == (isAnswered ? 0 : 1))
        watch.end(Self.late)
    }

    @Test("each host on the way is waited for anew")
    func hops() throws {
        let watch = ConnectWatch(on: loop)
        for hop in 1...3 {
            watch.knock(leave())
            loop.advanceTime(by: .seconds(2))
            #expect(record.rests == hop)
            try watch.isAnswered(leave()).wait()
        }
        watch.end(Self.late)
    }

    @Test("one that has ended rests no more")
    func ended() {
        let watch = ConnectWatch(on: loop)
        watch.knock(leave())
        watch.end(Self.late)
        loop.advanceTime(by: .seconds(10))
        #expect(record.rests == 0)
    }

    @Test("the time for which it waits to go on is none of its own")
    func turn() {
        let (watch, promise) = timed()
        watch.knock(leave())
        loop.advanceTime(by: .seconds(3))
        let granted = loop.makePromise(of: Void.self)
        _ = watch.isAnswered(leave(granted.futureResult))
        loop.advanceTime(by: .seconds(1_000))
        #expect(record.error == nil)
        granted.succeed()
        loop.advanceTime(by: .milliseconds(1_999))
        #expect(record.error == nil)
        loop.advanceTime(by: .milliseconds(1))
        #expect(record.error?.reason == .timeout)
        promise.succeed()
    }

    @Test("one that ends while it waits to go on is not timed again")
    func endedInLine() {
        let (watch, promise) = timed()
        watch.knock(leave())
        let granted = loop.makePromise(of: Void.self)
        let going = watch.isAnswered(leave(granted.futureResult))
        watch.end(TransportError(.transport, "cancelled", reason: .closed))
        #expect(record.error?.reason == .closed)
        #expect(throws: TransportError.self) { try going.wait() }
        granted.succeed()
        loop.advanceTime(by: .seconds(100))
        promise.succeed()
    }

    @Test("one that came about has all the time")
    func released() {
        let (watch, promise) = timed()
        watch.release()
        loop.advanceTime(by: .seconds(100))
        #expect(record.error == nil)
        promise.succeed()
    }
}
