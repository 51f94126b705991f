import FleetHost
import FleetLedger
import FleetWire

extension AttemptCopy {
    /// Files of an attempt that are copied at most.
    static let fileLimit = 1_000
    /// Bytes of all of them together.
    static let byteLimit: UInt64 = 4 << 30

    /// Copies what an attempt left into the run's artifacts directory, and verifies it.
    ///
    /// - Returns: why it is not all there; nil where it is.
    /// - Throws: ``HostError`` of code `transport` where the host was lost meanwhile; to be repeated.
    func copyArtifacts(_ reply: CollectReply) async throws -> String? {
        if let fault = Self.fault(of: reply.entries) { return "\(host.name): \(fault)" }
        var done: Set<String> = []
        do {
            for entry in reply.entries where done.insert(entry.path).inserted { try await copy(entry) }
            // The host soon lets go of its own.
            try CopySync.syncNames(of: done, in: directory)
            return nil
        } catch let error as ArtifactFile.Failure {
            return error.message
        } catch let error as LedgerError {
            return "the copies of its artifacts may not be on the disk: \(error.message)"
        } catch let error as HostError where error.code != .transport && error.code != .malformed {
            return error.description
        }
    }

    private func copy(_ entry: ArtifactEntry) async throws {
        let (key, path) = (key, entry.path)
        var file = try ArtifactFile.begin(path, in: directory)
        while file.length < entry.bytes {
            let offset = file.length
            let part =
                try await host
                .ask { try await $0.artifact(of: key, path: path, offset: offset, limit: Self.chunk) }.get()
            // Whole parts alone, or a host could give a byte at a time and never come to an end.
            guard part.offset == offset, UInt64(part.bytes.count) == min(UInt64(Self.chunk), entry.bytes - offset)
            else {
                throw ArtifactFile.Failure(
                    message: "\(host.name): the artifact \(path) is not as long as the host told"
                )
            }
            try file.append(part.bytes)
        }
        try file.keep(digest: entry.digest)
    }

    /// What is wrong with a list of artifacts, before anything of it is written here.
    static func fault(of entries: [ArtifactEntry]) -> String? {
        guard entries.count <= fileLimit else { return "\(entries.count) artifacts are more than \(fileLimit)" }
        var known: [String: ArtifactEntry] = [:]
        var bytes: UInt64 = 0
        for entry in entries {
            guard isInner(entry.path) else { return "an artifact has a path that leads elsewhere" }
            if let other = known[entry.path] {
                // One file may be what several patterns match.
                guard other.bytes == entry.bytes, other.digest == entry.digest else {
                    return "the artifact \(entry.path) is listed twice, and not the same"
                }
                continue
            }
            known[entry.path] = entry
            let (sum, isOver) = bytes.addingReportingOverflow(entry.bytes)
            guard !isOver, sum <= byteLimit else { return "its artifacts are more than \(byteLimit >> 30) GiB" }
            bytes = sum
        }
        return nil
    }

    /// Whether a path stays within its directory, and is one that may be shown.
    static func isInner(_ path: String) -> Bool {
        guard !path.isEmpty, path.utf8.count <= 4_096 else { return false }
        guard path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control && $0.value != 0xFFFD }) else {
            return false
        }
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 255 }
    }
}
