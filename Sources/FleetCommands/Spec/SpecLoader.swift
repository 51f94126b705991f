import FleetCore

/// Reads the spec of a run, and tells everything that is wrong with it at once.
enum SpecLoader {
    /// Reads a spec.
    ///
    /// - Parameters:
    ///   - path: the file, or `-` for standard input.
    ///   - workersPath: a file of workers which take the place of those in the spec.
    ///   - transport: what carries connections to ssh hosts, in place of what workers say.
    /// - Returns: the spec, which can be run.
    /// - Throws: `noSpec`, `badSpec` with the faults of one of the files, `usage`.
    static func load(
        _ path: String,
        workers workersPath: String? = nil,
        transport: SSHHostSpec.Transport? = nil
    ) throws(CommandError) -> RunSpec {
        guard path != SpecSource.standardInput || workersPath != SpecSource.standardInput else {
            throw CommandError(.usage, "the spec and the workers cannot both be read from standard input")
        }
        let source = SpecSource(path: path, subject: "spec")
        var document = try source.document()
        if workersPath != nil { document = withoutWorkers(document) }
        var spec = try run(document, of: source, transport)
        if let workersPath {
            spec.workers = try workers(SpecSource(path: workersPath, subject: "file of workers"), transport)
        }
        return spec
    }

    private static func run(
        _ document: DocumentValue,
        of source: SpecSource,
        _ transport: SSHHostSpec.Transport?
    ) throws(CommandError) -> RunSpec {
        do throws(SpecError) {
            var spec = try RunSpec(document: document, fallbackName: fallbackName(source))
            spec.workers = spec.workers.map { $0.carried(by: transport) }
            let faults = spec.unsupportedFaults(in: document)
            guard faults.isEmpty else { throw SpecError(faults: faults) }
            return spec
        } catch {
            throw source.fault(merged(error, with: RunSpec(name: "", tasks: []).unsupportedFaults(in: document)))
        }
    }

    private static func workers(
        _ source: SpecSource,
        _ transport: SSHHostSpec.Transport?
    ) throws(CommandError) -> [WorkerSpec] {
        let document = try source.document()
        do throws(SpecError) {
            let workers = try RunSpec.workers(document: document).map { $0.carried(by: transport) }
            let faults = RunSpec(name: "", tasks: [], workers: workers).unsupportedFaults(in: document)
            guard faults.isEmpty else { throw SpecError(faults: faults) }
            return workers
        } catch {
            throw source.fault(error)
        }
    }

    /// A file's name makes the name of its run where it can.
    private static func fallbackName(_ source: SpecSource) -> String {
        let stem = source.stem.map { TerminalText.line($0) } ?? ""
        return stem.allSatisfy(\.isWhitespace) || stem.utf8.count > 256 ? "run" : stem
    }

    /// The faults with others that are not among them, in the order of the document.
    private static func merged(_ error: SpecError, with others: [SpecFault]) -> SpecError {
        var error = error
        for fault in others where !error.faults.contains(fault) {
            let place = fault.line.flatMap { line in error.faults.firstIndex { ($0.line ?? .max) > line } }
            error.faults.insert(fault, at: place ?? error.faults.endIndex)
        }
        return error
    }

    private static func withoutWorkers(_ document: DocumentValue) -> DocumentValue {
        guard case .object(let members) = document.content else { return document }
        let kept = members.filter { $0.name != "workers" && $0.name != "worker_specs" }
        return DocumentValue(.object(kept), line: document.lineNumber)
    }
}
