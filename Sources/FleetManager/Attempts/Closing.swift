import FleetCore
import FleetHost
import FleetLedger
import FleetWire

/// All that a receipt needs of an attempt that is over.
struct Closing: Sendable {
    /// What the host says.
    var report: AttemptReport
    /// What it left, where it was asked for.
    var artifacts: CollectReply?
    /// What the worker program said of a failure of its set-up.
    var configurationMessage: String?
    /// Why the artifacts could not be had.
    var collectFailure: String?
    /// What is here of the log, where that had to be copied.
    var log: AttemptCopy.Log?

    init(report: AttemptReport) { self.report = report }
}

extension Closing {
    /// Exit code by which a worker program says that it is not set up (`EX_CONFIG` of sysexits.h).
    static let configurationExit: UInt8 = 78

    /// Whether the host has to be asked more before the receipt can be written; always where its files are elsewhere.
    static func needsMore(_ report: AttemptReport, task: TaskSpec) -> Bool {
        guard report.state == .exited else { return false }
        return report.hasArtifacts || task.expectedArtifacts.contains { $0.path != nil }
            || (task.isInstructions && report.exit == .code(configurationExit))
    }

    /// Asks the host for what the receipt needs beyond the report.
    ///
    /// - Parameters:
    ///   - report: what the host says.
    ///   - task: the task.
    ///   - host: the host's adapter.
    ///   - copy: where log and artifacts are to be copied here.
    ///   - seconds: how long the host may take for an answer; five times that for its artifacts' digests.
    ///   - runtime: the timers by which it is waited.
    /// - Returns: all that there is.
    /// - Throws: ``HostError`` where the host was lost meanwhile: then it is to be asked again.
    static func complete(
        _ report: AttemptReport,
        task: TaskSpec,
        host: any HostAdapter,
        copy: AttemptCopy? = nil,
        within seconds: Double? = nil,
        runtime: any Runtime = SystemRuntime()
    ) async throws -> Closing {
        var closing = Closing(report: report)
        if let copy {
            do {
                closing.log = try await copy.complete(report)
            } catch let error as HostError where error.code != .transport && error.code != .malformed {
                closing.log = .missing(report, error)
            }
            guard needsMore(report, task: task) else { return closing }
        }
        let patterns = task.expectedArtifacts.compactMap(\.path)
        if report.hasArtifacts || !patterns.isEmpty {
            do {
                let artifacts = try await HostCall.value(
                    of: host.name,
                    within: seconds.map { $0 * 5 },
                    runtime: runtime
                ) {
                    try await host.collect(report.key, patterns: patterns)
                }
                closing.collectFailure = try await copy?.copyArtifacts(artifacts)
                // What is not here is not listed.
                if closing.collectFailure == nil { closing.artifacts = artifacts }
            } catch let error as HostError where error.code != .transport && error.code != .malformed {
                closing.collectFailure = error.description
            }
        }
        if task.isInstructions, report.exit == .code(configurationExit) {
            let start = report.logBytes > logEnd ? report.logBytes - logEnd : 0
            do {
                let chunk = try await HostCall.value(of: host.name, within: seconds, runtime: runtime) {
                    try await host.log(of: report.key, offset: start, limit: UInt32(logEnd))
                }
                closing.configurationMessage = lastErrorMessage(in: chunk.bytes)
            } catch let error as HostError where error.code != .transport && error.code != .malformed {
                // The exit code says enough.
            }
        }
        return closing
    }

    /// How much of a log's end is looked at, in bytes.
    private static let logEnd: UInt64 = 65_536

    /// The message of the last NDJSON event of type `error` in a log's end, at most 1,000 characters.
    static func lastErrorMessage(in bytes: [UInt8]) -> String? {
        for line in bytes.split(separator: UInt8(ascii: "\n")).reversed() where line.first == UInt8(ascii: "{") {
            guard let document = try? JSONDocument.parse(Array(line)),
                document["type"]?.text == "error", let message = document["message"]?.text
            else { continue }
            return String(message.prefix(1_000))
        }
        return nil
    }
}

extension TaskSpec {
    /// Whether a worker program runs it.
    var isInstructions: Bool {
        if case .instructions = work { true } else { false }
    }
}
