import Foundation

/// The executables that were built together with the tests.
package enum BuiltProducts {
    /// Where they are.
    package static let directory: String = {
        // The test's own file: beside the executables, whoever runs it.
        var path = CommandLine.arguments[0]
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") { path = argument }
        return URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
    }()

    /// The command line.
    package static let codewhale = directory + "/codewhale"
    /// The supervisor.
    package static let supervisor = directory + "/codewhale-supervisor"
}
