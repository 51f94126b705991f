import Foundation

@testable import FleetCommands

/// A console that writes into files, to be read by a test.
final class TestConsole: Sendable {
    /// The console.
    let console: Console
    private let directory: TemporaryDirectory
    private let files: [FileHandle]

    /// A console whose streams pass for terminals where it says so.
    init(outputIsTerminal: Bool = false, diagnosticsIsTerminal: Bool = false, isDecorated: Bool = true) throws {
        directory = try TemporaryDirectory()
        files = try ["output", "diagnostics"]
            .map { [path = directory.path] name in
                _ = FileManager.default.createFile(atPath: path + "/" + name, contents: nil)
                return try FileHandle(forWritingTo: URL(filePath: path + "/" + name))
            }
        console = Console(
            output: Console.Stream(descriptor: files[0].fileDescriptor, isTerminal: outputIsTerminal),
            diagnostics: Console.Stream(descriptor: files[1].fileDescriptor, isTerminal: diagnosticsIsTerminal),
            isDecorated: isDecorated
        )
    }

    /// What stands on standard output by now.
    var output: String { text("output") }

    /// What stands on standard error by now.
    var diagnostics: String { text("diagnostics") }

    /// The lines of standard output.
    var lines: [String] { output.split(separator: "\n").map(String.init) }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: directory.path + "/" + name, encoding: .utf8)) ?? ""
    }
}
