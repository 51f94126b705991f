import FleetCore

/// A document that the user named: a file, or standard input.
struct SpecSource: Sendable {
    /// How it is named on the command line, for standard input.
    static let standardInput = "-"

    /// As it was named.
    let path: String
    /// What it is to hold, for messages: `spec`.
    let subject: String

    /// How messages call it.
    var name: String { path == Self.standardInput ? "standard input" : path }

    /// The file's name without its extension, which a run is called by that has no name of its own.
    var stem: String? {
        guard path != Self.standardInput, let last = path.split(separator: "/").last else { return nil }
        let dot = last.lastIndex(of: ".")
        return String(dot.map { $0 == last.startIndex ? last[...] : last[..<$0] } ?? last)
    }

    /// Reads it and makes out its values; of a file that is too large, nothing is read.
    ///
    /// - Throws: `noSpec` where it cannot be read, `badSpec` where it is no document within the limits.
    func document() throws(CommandError) -> DocumentValue {
        let bytes = try read(limit: DocumentLimits.spec.bytes)
        do {
            guard bytes.contains(where: { $0 > 0x20 }) else {
                throw SpecError(faults: [
                    SpecFault(path: "", found: "nothing, as it is empty", expected: "a \(subject) in JSON or TOML")
                ])
            }
            return switch SpecFormat(path: path, content: bytes) {
            case .json: try JSONDocument.parse(bytes)
            case .toml: try TOMLDocument.parse(bytes)
            }
        } catch let error as SpecError {
            throw fault(error)
        } catch {
            throw CommandError(wrapping: error)
        }
    }

    /// An error of this document.
    func fault(_ error: SpecError) -> CommandError {
        var error = error
        error.file = name
        return CommandError(error)
    }

    private func read(limit: Int) throws(CommandError) -> [UInt8] {
        let descriptor: Int32
        do {
            descriptor = path == Self.standardInput ? 0 : try open(limit: limit)
        } catch let error as System.Failure {
            throw CommandError(
                .noSpec,
                error.isMissing
                    ? "there is no \(subject) \(path)" : "the \(subject) \(path) cannot be read: \(error.text)",
                hint: error.isMissing ? nil : "see to its owner and mode"
            )
        } catch {
            throw CommandError(wrapping: error)
        }
        defer { if path != Self.standardInput { System.close(descriptor) } }
        do {
            let bytes = try System.readAll(descriptor, limit: limit)
            if bytes.count > limit { throw fault(SpecError(faults: [.tooLarge(bytes: nil, limit: limit)])) }
            return bytes
        } catch let error as System.Failure {
            throw CommandError(.noSpec, "\(name) cannot be read: \(error.text)")
        } catch {
            throw CommandError(wrapping: error)
        }
    }

    private func open(limit: Int) throws -> Int32 {
        let status = try System.status(path)
        if status.isDirectory {
            throw CommandError(.noSpec, "\(path) is a directory, not a \(subject)", hint: "name a file in it")
        }
        if status.isFile, status.size > limit {
            throw fault(SpecError(faults: [.tooLarge(bytes: Int(clamping: status.size), limit: limit)]))
        }
        return try System.open(path)
    }
}
