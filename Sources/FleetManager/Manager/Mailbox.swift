import FleetHost
import FleetWire
import NIOConcurrencyHelpers

/// What wakes a manager: everything that happens comes as one of these, so that its loop needs no fixed sleeps.
enum Input: Sendable {
    /// The answer to a start.
    case started(AttemptKey, Result<AttemptReport, HostError>)
    /// A host tells of attempts that changed, or answers a question for all.
    case reported([AttemptReport])
    /// An attempt is over and all that its receipt needs is here.
    case closed(AttemptKey, Closing)
    /// The answer to an end.
    case ended(AttemptKey, requestID: String?, Result<EndReply, HostError>)
    /// A host's control channel was lost.
    case disconnected(HostError)
    /// The question after a lost channel was answered, or not.
    case resynced(Result<[AttemptReport], HostError>)
    /// Another process wrote to the ledger.
    case ledgerChanged
    /// A time that was waited for has come.
    case due
    /// No more leases; let what runs finish.
    case drain
    /// Interrupt what runs.
    case interrupt
}

/// Takes inputs from any thread, and hands them out in batches.
final class Mailbox: Sendable {
    private let inputs = NIOLockedValueBox<[Input]>([])
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init() { (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func post(_ input: Input) {
        inputs.withLockedValue { $0.append(input) }
        wake.yield()
    }

    /// All that came since the last call; waits until there is something.
    ///
    /// - Returns: nothing where the waiting task was cancelled.
    func next() async -> [Input]? {
        while true {
            let batch = takeAll()
            if !batch.isEmpty { return batch }
            var iterator = wakeups.makeAsyncIterator()
            guard await iterator.next() != nil else { return nil }
        }
    }

    func takeAll() -> [Input] {
        inputs.withLockedValue { inputs in
            defer { inputs = [] }
            return inputs
        }
    }
}
