import CFleetSupervisor
import FleetWire

/// Composes the environment of a program: a small base, what was forwarded, what the start names.
///
/// Nothing else gets into it.
struct ProgramEnvironment {
    /// Where programs are looked for on a host that says nothing.
    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The supervisor's own environment, as the host set it up.
    let host: [String: String]
    /// Values that came in the greeting, for hosts whose channel carries no variables.
    var greeted: [String: String] = [:]

    /// From a C environment.
    init(host: [String: String]) { self.host = host }

    /// The calling process's.
    static func inherited() -> ProgramEnvironment {
        var values: [String: String] = [:]
        guard var entry = cfleet_environment() else { return ProgramEnvironment(host: values) }
        while let text = entry.pointee {
            let bytes = String(cString: text)
            if let equals = bytes.firstIndex(of: "=") {
                values[String(bytes[..<equals])] = String(bytes[bytes.index(after: equals)...])
            }
            entry += 1
        }
        return ProgramEnvironment(host: values)
    }

    /// The value of a name that is forwarded: the greeting's before the host's.
    func value(of name: String) -> String? { greeted[name] ?? host[name] }

    /// The environment of an attempt, and the `PATH` in it.
    func compose(_ request: StartRequest, artifacts: String) -> (entries: [String], path: String) {
        var values: [String: String] = [:]
        let path = host["PATH"].flatMap { $0.isEmpty ? nil : $0 } ?? ProgramEnvironment.defaultPath
        values["PATH"] = request.pathPrefix.map { $0.isEmpty ? path : "\($0):\(path)" } ?? path
        values["HOME"] = host["HOME"] ?? "/"
        if let user = host["USER"] ?? host["LOGNAME"] { values["USER"] = user }
        values["LANG"] = host["LANG"] ?? "C.UTF-8"
        values["TMPDIR"] = host["TMPDIR"] ?? "/tmp"
        for name in request.forwardedNames {
            if let value = value(of: name) { values[name] = value }
        }
        for variable in request.environment { values[variable.name] = variable.value }
        values["CODEWHALE_ATTEMPT_KEY"] = request.key.environmentValue
        values["CODEWHALE_ARTIFACTS_DIR"] = artifacts
        return (values.map { "\($0.key)=\($0.value)" }.sorted(), values["PATH"] ?? "")
    }

    /// The paths to try for a program, in order (execvp(3)): its own where it has a slash, else one in each directory.
    static func candidates(_ program: String, path: String) -> [String] {
        if program.utf8.contains(UInt8(ascii: "/")) { return [program] }
        return path.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { part in
                part.isEmpty ? "./\(program)" : "\(String(decoding: part, as: UTF8.self))/\(program)"
            }
    }

    /// The program and its arguments, with a leading `~/` of the program expanded; where there is no home it stays.
    func expandingProgram(_ arguments: [String]) -> [String] {
        guard let program = arguments.first, program.hasPrefix("~/"), let home = host["HOME"], home.hasPrefix("/")
        else {
            return arguments
        }
        return [home + program.dropFirst()] + arguments.dropFirst()
    }

    /// A directory on this host, with a leading `~/` expanded.
    ///
    /// - Throws: ``WireFailure`` where it is not absolute then.
    func expand(_ directory: String) throws(WireFailure) -> String {
        if directory.hasPrefix("/") { return directory }
        if directory == "~" || directory.hasPrefix("~/") {
            guard let home = host["HOME"], home.hasPrefix("/") else {
                throw WireFailure(
                    .configuration,
                    "The working directory \(directory) needs HOME, which is not set on the host. Write it in full."
                )
            }
            return home + directory.dropFirst()
        }
        throw WireFailure(
            .configuration,
            "The working directory \(directory) is not absolute. Begin it with `/` or `~/`."
        )
    }
}

/// A vector of C strings, ended by a null pointer; for a process that is about to execute, so it is never freed.
func vectorOfStrings(_ strings: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { (vector + index).initialize(to: strdup(string)) }
    (vector + strings.count).initialize(to: nil)
    return vector
}
