import CFleetSupervisor
import FleetWire

extension Attach {
    /// Answers a request, at once or later.
    func answer(_ request: Request, id: UInt32) {
        if case .hello(let hello) = request {
            greet(hello, id: id)
            return
        }
        guard isGreeted else {
            reply(.failure(WireFailure(.badRequest, "The first request is a greeting.")), to: id)
            return
        }
        do throws(WireFailure) {
            switch request {
            case .hello: break
            case .start(let start): try self.start(start, id: id)
            case .status(let status): try self.status(status, id: id)
            case .log(let log): reply(.chunk(try chunk(of: log)), to: id)
            case .end(let end): try self.end(end, id: id)
            case .claim(let key): reply(.reports(Reports([try claim(key)])), to: id)
            case .cleanup(let cleanup):
                try self.cleanup(cleanup)
                reply(.done, to: id)
            case .collect(let collect): try self.collect(collect, id: id)
            case .artifact(let artifact): reply(.chunk(try chunk(of: artifact)), to: id)
            case .ping: reply(.done, to: id)
            case .renew(let lease):
                try renew(lease)
                reply(.done, to: id)
            case .workspaces: reply(.workspaces(workspaces()), to: id)
            }
        } catch {
            reply(.failure(error), to: id)
        }
    }

    private func greet(_ hello: Hello, id: UInt32) {
        isGreeted = true
        environment.greeted = Dictionary(hello.variables.map { ($0.name, $0.value) }) { _, last in last }
        var greeting = HelloReply()
        greeting.bootID = host.bootID
        var names = utsname()
        uname(&names)
        greeting.hostName = text(of: &names.nodename)
        greeting.platform = "\(text(of: &names.sysname).lowercased())-\(text(of: &names.machine))"
        greeting.userID = geteuid()
        greeting.home = environment.host["HOME"] ?? ""
        greeting.clock = Clock.wall
        greeting.pid = UInt32(getpid())
        greeting.revision = HelloReply.currentRevision
        for name in hello.names {
            guard let value = environment.value(of: name) else { continue }
            let digest = HMACSHA256.variable(name: name, value: value, key: hello.digestKey)
            greeting.digests.append(WireVariable(name: name, value: digest))
        }
        reply(.hello(greeting), to: id)
    }

    /// The text of a field of fixed size, ended by a NUL.
    private func text<Field>(of field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func status(_ request: StatusRequest, id: UInt32) throws(WireFailure) {
        var batch = ReportBatch(id: id)
        if let workspace = request.workspace {
            try status(ofWorkspace: workspace, to: &batch)
        } else if request.keys.isEmpty {
            for run in request.run.map({ [$0] }) ?? state.runIDs() {
                guard Identifier.isValid(run) else { throw WireFailure(.badRequest, "The run's id has no valid form.") }
                guard let directory = try state.run(run, create: false) else { continue }
                for key in directory.keys() {
                    guard let report = try report(of: key, in: directory, anyNonce: true) else { continue }
                    batch.add(report, to: &stream)
                }
            }
        } else {
            for key in request.keys {
                try Identifier.check(key)
                batch.add(try report(of: key), to: &stream)
            }
        }
        batch.finish(&stream)
    }

    /// A part of an attempt's log.
    private func chunk(of request: LogRequest) throws(WireFailure) -> FileChunk {
        let key = request.key
        try Identifier.check(key)
        let report = try report(of: key)
        guard report.state != .unknown, let start = try recordedStart(of: key) else { throw unknownAttempt(key) }
        let isOver = report.state == .exited || report.state == .lost
        let reader = BoundedLogReader(
            path: start.logPath,
            head: start.logHead,
            knownTotal: isOver ? report.logBytes : nil
        )
        let part = reader.read(offset: request.offset, limit: min(Int(request.limit), Attach.chunkLimit))
        var chunk = FileChunk()
        chunk.offset = part.offset
        chunk.bytes = part.bytes
        chunk.total = part.total
        chunk.gapEnd = part.gapEnd ?? 0
        chunk.isFinal = isOver && part.gapEnd == nil && part.offset + UInt64(part.bytes.count) >= part.total
        return chunk
    }

    /// The most bytes of a part of a file.
    static let chunkLimit = 512 << 10

    /// What the record says of an attempt's start; nothing where there is no such attempt.
    func recordedStart(of key: AttemptKey) throws(WireFailure) -> RecordStart? {
        if let number = numbers[key] { return attempts[number]?.start }
        guard let run = try state.run(key.run, create: false), let record = try run.record(key),
            let start = record.read(.start, as: RecordStart.self), start.key == key
        else { return nil }
        return start
    }

    func unknownAttempt(_ key: AttemptKey) -> WireFailure {
        WireFailure(.unknownAttempt, "The host knows nothing of attempt \(key.attempt) of task \(key.task).")
    }
}

/// Reports that leave in frames of bounded size, all with the id of their request.
struct ReportBatch {
    private let id: UInt32
    private var reports: [AttemptReport] = []

    /// Reports of one frame.
    private static let limit = 500

    /// An answer to a request; 0 for a push.
    init(id: UInt32) { self.id = id }

    /// Adds a report; sends those before it where they fill a frame.
    mutating func add(_ report: AttemptReport, to stream: inout FrameStream) {
        if reports.count == ReportBatch.limit {
            stream.send(Reply.reports(Reports(reports, isLast: false)).frame(id: id))
            reports = []
        }
        reports.append(report)
    }

    /// Sends what is left.
    mutating func finish(_ stream: inout FrameStream) {
        stream.send(Reply.reports(Reports(reports)).frame(id: id))
        reports = []
    }
}
