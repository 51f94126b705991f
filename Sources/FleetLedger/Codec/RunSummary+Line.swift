import FleetCore

extension JSONLineWriter {
    /// Members of a run in short, which has ended; its id, its time and its place stand elsewhere.
    mutating func fields(of summary: RunSummary) {
        member("name", summary.name)
        member("labels", summary.labels)
        if let status = summary.status { member("status", status.rawValue) }
        if let finishedAt = summary.finishedAt { member("finished_at", finishedAt) }
        if let seal = summary.seal { fields(of: seal) }
        for status in TaskStatus.allCases { member(status.key, summary.counts[status]) }
        member("workers", summary.workers) { writer, worker in
            writer.object { writer in
                writer.fields(of: worker.definition)
                if let task = worker.lastTask { writer.member("last_task", task) }
                writer.member("last_attempt", worker.lastAttempt)
                writer.member("last_seq", worker.lastSeq)
            }
        }
    }
}

extension JSONLineWriter {
    /// Members of the seal of an archive.
    mutating func fields(of seal: ArchiveSeal) {
        member("archive_records", seal.records)
        member("archive_bytes", seal.bytes)
        member("archive_checksum", seal.checksum)
    }
}

extension FieldTable {
    /// The seal of an archive; nil where the line has none.
    func seal() throws(MalformedRecord) -> ArchiveSeal? {
        guard let bytes = try optionalInteger("archive_bytes") else { return nil }
        let (records, checksum) = (try integer("archive_records"), try integer("archive_checksum"))
        guard bytes >= 0, records >= 0, let checksum = UInt32(exactly: checksum) else {
            throw MalformedRecord(what: "archive_checksum")
        }
        return ArchiveSeal(records: records, bytes: bytes, checksum: checksum)
    }
}

extension RecordReader {
    /// A run in short, from the members of its line.
    func summary(in fields: FieldTable, extent: Range<Int64>) throws(MalformedRecord) -> RunSummary {
        var counts = TaskCounts()
        for status in TaskStatus.allCases { counts[status] = Int(try fields.integer(status.key)) }
        var workers: [RunSummary.Worker] = []
        try fields.forEach(of: "workers") { value throws(MalformedRecord) in
            let definition = try worker(value)
            workers.append(
                RunSummary.Worker(
                    definition: definition,
                    lastTask: try nested.optionalID("last_task"),
                    lastAttempt: Int(try nested.integer("last_attempt")),
                    lastSeq: try nested.integer("last_seq")
                )
            )
        }
        return RunSummary(
            id: try fields.id("run_id"),
            name: try fields.text("name"),
            labels: try fields.texts("labels"),
            status: try fields.choice("status"),
            createdAt: try fields.time("time"),
            finishedAt: try fields.optionalTime("finished_at"),
            counts: counts,
            workers: workers,
            extent: extent,
            seal: try fields.seal()
        )
    }
}

extension TaskStatus {
    /// The name of the member that counts such tasks.
    var key: StaticString {
        switch self {
        case .queued: "queued"
        case .leased: "leased"
        case .running: "running"
        case .passed: "passed"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .interrupted: "interrupted"
        }
    }
}
