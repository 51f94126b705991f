import FleetCore
import FleetHost
import FleetTransport
import FleetWire
import NIOConcurrencyHelpers

/// What wakes a manager: everything that happens comes as one of these, so that its loop needs no fixed sleeps.
enum Input: Sendable {
    /// The answer to a start.
    case started(AttemptKey, Result<AttemptReport, HostError>)
    /// A start was not sent, as the host could not be reached.
    case notSent(AttemptKey, HostError)
    /// A host tells of attempts that changed.
    case reported(Int, [AttemptReport])
    /// So many of them came that they were not kept: the host is to be asked.
    case reportsDropped
    /// An attempt is over and all that its receipt needs is here, or could not be had.
    case closed(AttemptKey, Result<Closing, HostError>)
    /// The answer to a claim.
    case claimed(AttemptKey, Result<[AttemptReport], HostError>)
    /// The answer to an end.
    case ended(EndCall, Result<EndReply, HostError>)
    /// A host did not say what became of its attempts, when it was polled.
    case pollRefused(Int, HostError)
    /// A host's control channel was opened.
    case connected(Int, HelloReply)
    /// A host's control channel was lost.
    case disconnected(Int, HostError)
    /// The system's `ssh` reaches a host instead of the native transport, for this reason.
    case fellBack(Int, HostError)
    /// What carries a host's channel is counted.
    case counted(Int, ConnectionCounts)
    /// The question what became of attempts was answered, or not.
    case answered(HostAnswer)
    /// The log of an attempt on another machine was copied on, as far as it could be.
    case copied(AttemptKey, Result<Bool, HostError>)
    /// An attempt that was given up was ended after all, or had ended.
    case ghostEnded(Int, AttemptKey, Result<EndReply, HostError>)
    /// What had ended of another run is recorded.
    case orphanDone(RunID)
    /// The file of the hosts' health was replaced.
    case healthChanged
    /// Another process wrote to the ledger.
    case ledgerChanged
    /// A time that was waited for has come.
    case due
    /// No more leases; let what runs finish.
    case drain
    /// Interrupt what runs.
    case interrupt

    /// What a host tells unasked, by its place among the run's.
    init(_ notice: HostNotice, of place: Int) {
        switch notice {
        case .connected(let greeting): self = .connected(place, greeting)
        case .changed(let reports): self = .reported(place, reports)
        case .pollRefused(let error): self = .pollRefused(place, error)
        case .disconnected(let error): self = .disconnected(place, error)
        case .fallback(let error): self = .fellBack(place, error)
        }
    }
}

/// The answer to the question what became of attempts.
struct HostAnswer: Sendable {
    /// The host's place among the run's.
    let place: Int
    /// The attempts that were asked about.
    let keys: [AttemptKey]
    /// Whether all that the host knows was asked for.
    let isComplete: Bool
    /// The answer.
    let result: Result<[AttemptReport], HostError>
}

/// Takes inputs from any thread, and hands them out in batches.
final class Mailbox: Sendable {
    /// How many reports are kept at most, so that a host that never stops telling costs no more memory than this.
    static let reportLimit = 20_000
    /// How many bytes they may have together, about.
    static let byteLimit = 64 << 20

    private struct Content {
        var inputs: [Input] = []
        var reports = 0
        var bytes = 0
        var hasDropped = false
    }

    private let content = NIOLockedValueBox(Content())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init() { (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func post(_ input: Input) {
        let isFirst = content.withLockedValue { content in
            let isFirst = content.inputs.isEmpty
            if case .reported(_, let reports) = input {
                let bytes = reports.reduce(0) { $0 + $1.size }
                guard content.reports + reports.count <= Self.reportLimit, content.bytes + bytes <= Self.byteLimit
                else {
                    if !content.hasDropped { content.inputs.append(.reportsDropped) }
                    content.hasDropped = true
                    return isFirst
                }
                content.reports += reports.count
                content.bytes += bytes
            }
            content.inputs.append(input)
            return isFirst
        }
        if isFirst { wake.yield() }
    }

    /// All that came since the last call; waits until there is something.
    ///
    /// - Returns: nothing where the waiting task was cancelled.
    func next(isolation: isolated (any Actor)? = #isolation) async -> [Input]? {
        var iterator = wakeups.makeAsyncIterator()
        while !Task.isCancelled {
            let batch = takeAll()
            if !batch.isEmpty { return batch }
            guard await iterator.next(isolation: isolation) != nil else { return nil }
        }
        return nil
    }

    func takeAll() -> [Input] {
        content.withLockedValue { content in
            defer { content = Content() }
            return content.inputs
        }
    }
}

extension AttemptReport {
    /// How many bytes it takes, about.
    fileprivate var size: Int {
        MemoryLayout<AttemptReport>.size + key.run.utf8.count + key.task.utf8.count + key.nonce.utf8.count
            + (logDigest?.utf8.count ?? 0) + survivors.count * MemoryLayout<UInt32>.size
    }
}
