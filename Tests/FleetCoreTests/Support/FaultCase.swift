import FleetCore
import Testing

/// A document, and the one thing that is wrong in it.
struct FaultCase: Sendable, CustomTestStringConvertible {
    var document: String
    var fault: SpecFault
    var testDescription: String

    /// A whole document.
    init(_ document: String, at path: String, line: Int?, found: String, expected: String, hint: String? = nil) {
        self.document = document
        fault = SpecFault(path: path, line: line, found: found, expected: expected, hint: hint)
        testDescription = document
    }

    /// Fields of a task; the path begins below it.
    static func task(
        _ fields: String,
        work: String = #""command": ["true"]"#,
        at path: String,
        line: Int = 3,
        _ found: String,
        _ expected: String,
        hint: String? = nil
    ) -> Self {
        let place = path.isEmpty ? "tasks[0]" : "tasks[0].\(path)"
        var fault = Self(
            Spec.task(fields, work: work),
            at: place,
            line: line,
            found: found,
            expected: expected,
            hint: hint
        )
        fault.testDescription = fields.isEmpty ? work : fields
        return fault
    }

    /// Fields of a worker; the path begins below it.
    static func worker(
        _ fields: String,
        host: String = #""host": {"kind": "local"}"#,
        at path: String,
        line: Int = 3,
        _ found: String,
        _ expected: String,
        hint: String? = nil
    ) -> Self {
        let document = Spec.worker(fields, host: host)
        let place = "workers[0].\(path)"
        return Self(document, at: place, line: line, found: found, expected: expected, hint: hint)
    }

    /// Fields of an ssh host; the path begins below it.
    static func ssh(
        _ fields: String,
        at path: String,
        line: Int = 3,
        _ found: String,
        _ expected: String,
        hint: String? = nil
    ) -> Self {
        let base = [("host", "h"), ("working_directory", "/w"), ("codewhale_binary", "/b")]
            .filter { !fields.contains("\"\($0.0)\"") }
            .map { "\"\($0.0)\": \"\($0.1)\"" }
            .joined(separator: ", ")
        let document = Spec.sshHost(fields, base: base)
        let place = path.isEmpty ? "workers[0].host" : "workers[0].host.\(path)"
        return Self(document, at: place, line: line, found: found, expected: expected, hint: hint)
    }

    /// Fields of a local host; the path begins below it.
    static func local(
        _ fields: String,
        at path: String,
        _ found: String,
        _ expected: String,
        hint: String? = nil
    ) -> Self {
        let document = Spec.localHost(fields)
        return Self(document, at: "workers[0].host.\(path)", line: 3, found: found, expected: expected, hint: hint)
    }

    /// Checks that this is what is found, and nothing else.
    func check() { #expect(Spec.faults(document) == [fault]) }
}

/// What is said more than once.
enum Words {
    static let title = "one line of at most 256 bytes, not empty"
    static let id = "an id: 1 to 128 letters, digits, '.', '_' or '-', beginning with a letter, a digit or '_'"
    static let inner = "a path below the working directory"
    static let noSlash = "begin it neither with '/' nor with '~'"
    static let notSecret = "the name of a variable that is not secret"
    static let keepSecrets = "keep secrets in the worker program's configuration or in that of the host"
    static let variable = "the name of a variable: letters, digits and '_', no digit first"
    static let filled = "a text that is not empty"
    static let long = "put the text into a file, and name the file"
    static let duration = "a number of seconds from 0.001 to 315360000"
}
