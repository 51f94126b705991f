import FleetCore
import FleetLedger
import FleetWire

/// What an attempt left, against what was expected of it.
///
/// A kind with a path is what the path matches in the working directory. One without, but for `log`, is what the
/// program put into its artifacts directory under the kind's name, with or without an extension.
struct ArtifactReceipt {
    /// The task.
    let task: TaskSpec
    /// What the host says.
    let closing: Closing
    /// The workspace, for the places of files.
    let workspace: Workspace

    private var entries: [ArtifactEntry] { closing.artifacts?.entries ?? [] }

    /// What is missing of what was expected, in a sentence; nil where nothing is.
    var missing: String? {
        if let fault = closing.log?.fault, task.wantsLogDigest { return "its log could not be copied: \(fault)" }
        if let failure = closing.collectFailure { return "its artifacts could not be collected: \(failure)" }
        let patterned = Set(entries.map(\.pattern))
        var missing: [String] = []
        var pattern: UInt32 = 0
        for artifact in task.expectedArtifacts where artifact != .log {
            if let path = artifact.path {
                pattern += 1
                if !patterned.contains(pattern) { missing.append(path) }
            } else if !entries.contains(where: { Self.isNamed($0, artifact.kind) }) {
                missing.append("$CODEWHALE_ARTIFACTS_DIR/\(artifact.kind)")
            }
        }
        if task.expectedArtifacts.contains(.log), !isLogKept { missing.append("log") }
        guard let first = missing.first else { return nil }
        let problem = closing.artifacts?.problems.first.map { " (\($0))" } ?? ""
        return missing.count == 1
            ? "the expected artifact \(first) is not there\(problem)"
            : "\(missing.count) expected artifacts are not there, the first of them \(first)\(problem)"
    }

    /// Whether the log is there: all of it, or what its limit left of it.
    private var isLogKept: Bool {
        let report = closing.report
        return report.logDigest != nil && (report.logBytes == 0 || report.logDropped < report.logBytes)
    }

    /// The files, for the ledger.
    func records(run: RunID, attempt: Int) -> [ArtifactRecord] {
        var records: [ArtifactRecord] = []
        let log = closing.logSummary
        if task.expectedArtifacts.contains(.log), isLogKept, let digest = log.sha256 {
            let kept = log.bytes - min(log.bytes, log.dropped)
            records.append(
                ArtifactRecord(
                    kind: ExpectedArtifact.log.kind,
                    path: kept > 0 ? relative(workspace.log(run, task.id, attempt: attempt)) : nil,
                    bytes: kept,
                    sha256: digest
                )
            )
        }
        let directory = relative(workspace.artifacts(run, task.id, attempt: attempt))
        for entry in entries {
            records.append(
                ArtifactRecord(
                    kind: kind(of: entry),
                    path: "\(directory)/\(entry.path)",
                    bytes: Int64(clamping: entry.bytes),
                    sha256: entry.digest
                )
            )
        }
        return records
    }

    private func kind(of entry: ArtifactEntry) -> String {
        guard entry.pattern > 0 else {
            let named = task.expectedArtifacts.first { $0.path == nil && $0 != .log && Self.isNamed(entry, $0.kind) }
            return named?.kind ?? "file"
        }
        let expected = task.expectedArtifacts.filter { $0.path != nil }
        let index = Int(entry.pattern) - 1
        return expected.indices.contains(index) ? expected[index].kind : "file"
    }

    private static func isNamed(_ entry: ArtifactEntry, _ kind: String) -> Bool {
        entry.pattern == 0 && (entry.path == kind || entry.path.hasPrefix("\(kind)."))
    }

    private func relative(_ path: String) -> String {
        let root = workspace.root + "/"
        return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
    }
}
