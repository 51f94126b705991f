import ArgumentParser
import FleetCore
import FleetLedger

/// `codewhale fleet compact`.
struct CompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Move the records of ended runs out of the ledger, each run's into its own archive.",
        discussion: """
            Nothing is lost: runs, status, inspect, logs, artifacts and restart find archived runs as before. Runs that \
            go on stay in the ledger, and so does every line that cannot be read. It may be broken off at any moment, \
            and while others read and write the ledger.

            Example:
              codewhale fleet compact
            """
    )

    @OptionGroup var options: FleetOptions

    func run() throws {
        let console = Console.current
        let workspace = try OpenWorkspace(options, console: console)
        let compaction: Compaction
        do {
            compaction = try workspace.ledger.compact(at: System.now)
        } catch {
            throw CommandError(error)
        }
        if options.json {
            console.write(Self.json(compaction))
        } else {
            console.write(Self.text(compaction))
        }
    }

    /// The result for people.
    static func text(_ compaction: Compaction) -> String {
        let kept = Wording.count(compaction.kept.count, "run")
        guard !compaction.archived.isEmpty else {
            return "nothing to archive; \(kept) \(compaction.kept.count == 1 ? "goes" : "go") on\n"
        }
        let archived = Wording.count(compaction.archived.count, "run")
        let records = Wording.count(compaction.records, "record")
        let sizes = "\(Wording.bytes(compaction.bytesBefore)) to \(Wording.bytes(compaction.bytesAfter))"
        return "archived \(archived) with \(records), kept \(kept); the ledger went from \(sizes)\n"
    }

    /// The result for programs.
    static func json(_ compaction: Compaction) -> JSONObject {
        .answer(
            "compact",
            [
                "archived": .array(compaction.archived.map { .string($0.rawValue) }),
                "kept": .array(compaction.kept.map { .string($0.rawValue) }),
                "records": .int(Int64(compaction.records)), "bytes_before": .int(compaction.bytesBefore),
                "bytes_after": .int(compaction.bytesAfter),
            ]
        )
    }
}
