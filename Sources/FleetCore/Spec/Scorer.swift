/// What judges an attempt's result; paths are relative to the working directory.
public enum Scorer: Sendable, Equatable {
    /// The exit code must be 0.
    case exitCode
    /// The file must be there.
    case fileExists(path: String)
    /// The expression must match in the file.
    case regexMatch(path: String, pattern: String)
    /// The value at an expression such as `$.ok` must be in a JSON file.
    case jsonPath(path: String, expression: String)
    /// The program must end with 0.
    case command([String])
}
