package import FleetCore

/// What is wrong with the archive of a run.
package struct ArchiveDamage: Sendable, Equatable, CustomStringConvertible {
    /// The kinds of it.
    package enum Kind: Sendable, Equatable {
        /// A place in it cannot be read.
        case place(LedgerDamage)
        /// So many records were moved there, and fewer, or more, are found.
        case count(expected: Int64, found: Int64)
        /// Its bytes are not those that were written, though every line of it is whole.
        case replaced
        /// What can be read of the run's records tells of another end than the ledger does.
        case differs(RunSummary)
    }

    /// The archive.
    package var path: String
    /// What is wrong.
    package var kind: Kind

    /// The place and the fault, in a sentence.
    package var description: String {
        switch kind {
        case .place(let damage): "\(path): \(damage)"
        case .count(let expected, let found): "\(path): \(expected) records were moved there, \(found) can be read"
        case .replaced: "\(path): its content is not what was moved there"
        case .differs(let summary):
            "\(path): what can be read there tells of another end; the ledger says that run \(summary.id) "
                + "is \(summary.status?.rawValue ?? "going on"), with \(summary.counts.inWords)"
        }
    }
}

extension TaskCounts {
    /// How many tasks stand where, of those where any do.
    fileprivate var inWords: String {
        let parts = TaskStatus.allCases.filter { self[$0] > 0 }.map { "\(self[$0]) \($0.rawValue)" }
        return parts.isEmpty ? "no tasks" : parts.joined(separator: ", ")
    }
}
