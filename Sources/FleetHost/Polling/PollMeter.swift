package import NIOCore
import Synchronization

/// What came of the polls of a host, on all its channels; may be read from anywhere.
package final class PollMeter: Sendable {
    private let sentCount = Atomic<UInt64>(0)
    private let answeredCount = Atomic<UInt64>(0)
    private let batchCount = Atomic<UInt64>(0)
    private let heard = Atomic<UInt64>(0)

    /// A meter that shows nothing yet.
    package init() {}

    /// Polls that were sent.
    package var sent: UInt64 { sentCount.load(ordering: .relaxed) }

    /// Polls that were answered; at most one is sent and not answered yet, on a channel that is open.
    package var answered: UInt64 { answeredCount.load(ordering: .relaxed) }

    /// Batches of changes that polls have found.
    package var batches: UInt64 { batchCount.load(ordering: .relaxed) }

    /// When the host last said anything, by the clock of event loops; nil for never.
    ///
    /// Quiet polls tell nobody anything, and show here that it is alive.
    package var heardAt: NIODeadline? {
        let time = heard.load(ordering: .relaxed)
        return time == 0 ? nil : .uptimeNanoseconds(time)
    }

    func noteSent() { sentCount.wrappingAdd(1, ordering: .relaxed) }

    func noteAnswer() { answeredCount.wrappingAdd(1, ordering: .relaxed) }

    func noteBatch() { batchCount.wrappingAdd(1, ordering: .relaxed) }

    func noteWord(at now: NIODeadline) { heard.store(now.uptimeNanoseconds, ordering: .relaxed) }
}
