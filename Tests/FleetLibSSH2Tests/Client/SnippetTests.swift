import Foundation
import TestServers
import TestSupport
import Testing

/// The programs of `Snippets/`, which the documentation shows: built without access to what is not public, and run.
@Suite(.timeLimit(.minutes(2)))
struct SnippetTests {
    @Test(arguments: [
        ("GettingStarted", "code(0) Linux\n\nline 1\nline 2\nline 3\ncode(0)\n"),
        (
            "Commands",
            """
            two words|$HOME|it's|a
            b|
                  1 a
                  2 b

            nightly

            exit 3
            signal 15
            1000 587895

            """
        ),
        ("Errors", "not there\n"),
        ("OwnHandlers", "HELLO\ncode(0)\n"),
        ("HostKeys", "known\n\nanother key\n"),
        ("Containers", "as expected\n"),
    ])
    func runs(_ name: String, _ output: String) async throws {
        #expect(try await run(name) == output)
    }

    @Test
    func poolingMakesFewConnections() async throws {
        let lines = try await run("Pooling").split(separator: "\n")
        #expect(lines.first == "sum 2080")
        let connections = try #require(lines.last?.split(separator: " ").first.flatMap { Int($0) })
        #expect((1...16).contains(connections))
    }

    /// Each snippet stands in an article, and each that an article names is there.
    @Test
    func areShown() throws {
        let files = FileManager.default
        let catalogue = "\(TestServers.sources)/Sources/FleetLibSSH2/FleetLibSSH2.docc"
        let text = try files.contentsOfDirectory(atPath: catalogue)
            .map { try String(contentsOfFile: "\(catalogue)/\($0)", encoding: .utf8) }.joined()
        let named = text.matches(of: #/agent-fleet/Snippets/(\w+)"(?:, slice: "(\w+)")?/#)
        let snippets = try files.contentsOfDirectory(atPath: "\(TestServers.sources)/Snippets")
        #expect(Set(named.map { "\($0.1).swift" }) == Set(snippets))
        for match in named {
            guard let slice = match.2 else { continue }
            let source = try String(contentsOfFile: "\(TestServers.sources)/Snippets/\(match.1).swift", encoding: .utf8)
            #expect(source.contains("// snippet.\(slice)\n"), "\(match.1)")
        }
    }

    private func run(_ name: String) async throws -> String {
        let bench = try await ClientBench()
        let known = "\(bench.directory)/known_hosts"
        let words = [String(bench.port), bench.identity, known, bench.user]
        return try await Command.run(["\(BuiltProducts.directory)/\(name)"] + words, variables: bench.environment).text
    }
}
