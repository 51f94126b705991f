/// One thing that is wrong in a spec.
public struct SpecFault: Sendable, Equatable {
    /// Where, as a path in the document, such as `tasks[3].retry_policy.max_attempts`; empty for the document itself.
    public var path: String
    /// The line it stands in, from 1, where known.
    public var line: Int?
    /// What stands there.
    public var found: String
    /// What is to stand there.
    public var expected: String
    /// What to do about it.
    public var hint: String?

    /// A fault of its parts.
    public init(path: String, line: Int? = nil, found: String, expected: String, hint: String? = nil) {
        self.path = path
        self.line = line
        self.found = found
        self.expected = expected
        self.hint = hint
    }
}

extension SpecFault: CustomStringConvertible {
    /// The fault in one line.
    public var description: String {
        let place =
            switch (path.isEmpty, line) {
            case (true, nil): ""
            case (true, let line?): "line \(line): "
            case (false, nil): "\(path): "
            case (false, let line?): "\(path) (line \(line)): "
            }
        return "\(place)found \(found), expected \(expected)\(hint.map { "; \($0)" } ?? "")"
    }
}

/// Everything that is wrong in a spec, in the document's order.
public struct SpecError: Error, Sendable, Equatable {
    /// The file, as it was named; nil where there is none.
    public var file: String?
    /// What is wrong; never empty.
    public var faults: [SpecFault]
    /// How many more faults there are, which were only counted.
    public var omitted: Int

    /// How many faults a description shows.
    public static let shownFaults = 100

    /// An error of its parts.
    public init(file: String? = nil, faults: [SpecFault], omitted: Int = 0) {
        self.file = file
        self.faults = faults
        self.omitted = omitted
    }
}

extension SpecError: CustomStringConvertible {
    /// The faults, a line each, the first hundred of them; each begins with the file where it is known.
    public var description: String {
        let prefix = file.map { "\($0): " } ?? ""
        var lines = faults.prefix(Self.shownFaults).map { "\(prefix)\($0)" }
        let more = faults.count - lines.count + omitted
        if more > 0 { lines.append("\(prefix)and \(more) more") }
        return lines.joined(separator: "\n")
    }
}
