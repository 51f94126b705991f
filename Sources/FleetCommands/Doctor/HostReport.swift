import FleetCore

/// What was found on one host.
struct HostReport: Sendable, Equatable {
    /// The host in messages.
    var host: String
    /// What carries the connection: `local`, `system`.
    var transport: String
    /// The workers that work there.
    var workers: [WorkerID]
    /// Whether the host accepted a session.
    var isReached = false
    /// How many seconds all checks took.
    var seconds: Double = 0
    /// What was found, in the order of the checks.
    var findings: [Finding] = []

    /// A report without findings yet.
    init(_ target: DoctorTarget) {
        host = target.name
        transport = target.transport
        workers = target.workers
    }

    /// How many findings there are of a severity.
    func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }
}
