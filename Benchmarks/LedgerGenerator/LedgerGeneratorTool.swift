import FleetLedger
import LedgerSamples

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes a ledger as a busy workspace leaves it, for benchmarks; or the snapshot of a workspace.
@main
enum LedgerGeneratorTool {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().map(\.self)
        if arguments.count == 2, arguments[0] == "--snapshot" {
            let ledger = try Ledger(opening: Workspace(root: arguments[1]))
            guard ledger.writeSnapshotIfUseful() else { fail("a snapshot would save nothing") }
            return
        }
        guard arguments.count == 3, let runs = Int(arguments[1]), let tasks = Int(arguments[2]) else {
            fail("usage: ledger-generator FILE RUNS TASKS-PER-RUN | --snapshot WORKSPACE")
        }
        guard let file = fopen(arguments[0], "w") else { fail("\(arguments[0]) cannot be written") }
        defer { fclose(file) }
        LedgerGenerator(endedRuns: runs, tasksPerRun: tasks).write { _ = fwrite($0, 1, $0.count, file) }
    }

    private static func fail(_ message: String) -> Never {
        let text = "error: \(message)\n"
        _ = write(2, text, text.utf8.count)
        exit(64)
    }
}
