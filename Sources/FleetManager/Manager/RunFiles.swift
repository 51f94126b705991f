import FleetCore
import FleetLedger
import FleetWire

/// The spec of a run as it was accepted, beside the ledger.
enum RunFiles {
    /// Writes it, durable, and returns its digest.
    static func store(_ spec: RunSpec, of run: RunID, in workspace: Workspace) throws -> String {
        let bytes = spec.specJSON
        let file = try workspace.disk.open(workspace.spec(run), .update, .ifMissing)
        try file.truncate(to: 0)
        try file.write(bytes)
        try file.sync()
        // A name that the disk does not hold yet would be lost with the power, and the ledger would name no spec.
        for directory in [workspace.run(run), workspace.fleet] { try workspace.disk.syncDirectory(directory) }
        return SHA256.hexDigest(of: bytes)
    }

    /// Makes the directory of what host adapters did and saw; that it cannot be made is told by whoever needs it.
    static func makeHostsDirectory(_ workspace: Workspace) {
        _ = try? workspace.disk.makeDirectory(workspace.hosts)
    }

    /// Reads it again, and checks it against the digest of the ledger.
    static func load(_ run: RunID, digest: String, in workspace: Workspace) throws -> RunSpec {
        let path = workspace.spec(run)
        guard let bytes = try? workspace.disk.open(path, .read).readAll() else {
            throw ManagerError(.notFound, "the spec of run \(run) cannot be read: \(path)")
        }
        guard SHA256.hexDigest(of: bytes) == digest else {
            throw ManagerError(
                .configuration,
                "the spec of run \(run) was changed after it was accepted: \(path)",
                hint: "start a new run with the changed spec"
            )
        }
        return try RunSpec(acceptedJSON: bytes)
    }
}
