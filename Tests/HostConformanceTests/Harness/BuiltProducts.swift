import Foundation

/// The executables that were built together with these tests.
enum BuiltProducts {
    /// Where they are.
    static let directory: String = {
        // The test's own file: beside the executables, whoever runs it.
        var path = CommandLine.arguments[0]
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") { path = argument }
        return URL(fileURLWithPath: path).deletingLastPathComponent().path
    }()

    /// The supervisor.
    static let supervisor = directory + "/codewhale-supervisor"
}
