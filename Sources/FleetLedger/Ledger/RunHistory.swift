import FleetCore

/// Reads what there was of a run before a record reopened it, and keeps what is wrong with its archive.
struct RunHistory {
    private let file: any OpenFile
    private let workspace: Workspace
    private var failure: LedgerError?
    private var damage: [ArchiveDamage] = []

    /// How much of an archive's damage is told.
    private static let shown = 3

    init(_ file: any OpenFile, _ workspace: Workspace) { (self.file, self.workspace) = (file, workspace) }

    /// The run, of its archive and of what stands in the ledger before `end`; nil where that cannot be read.
    mutating func run(_ summary: RunSummary, upTo end: Int64) -> RunState? {
        var found: [ArchiveDamage] = []
        defer { damage += found.prefix(Self.shown) }
        do throws(LedgerError) {
            return try Ledger.readRun(summary, in: file, workspace, upTo: end) { found.append($0) }
        } catch {
            failure = error
            return nil
        }
    }

    /// Notes what was wrong as damage of that one run: what its archive has lost stops nothing else.
    ///
    /// Throws where it was the ledger itself that could not be read.
    mutating func settle(_ fold: inout LedgerFold, at offset: Int64) throws(LedgerError) {
        guard failure != nil || !damage.isEmpty else { return }
        if let failure {
            guard failure.code == .archive else { throw failure }
            fold.noteArchive("\(failure.message); the run is told as it ended", at: offset)
        }
        for place in damage { fold.noteArchive(place.description, at: offset) }
        (failure, damage) = (nil, [])
    }
}
