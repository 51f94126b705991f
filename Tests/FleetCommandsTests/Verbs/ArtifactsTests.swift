import FleetCore
import FleetLedger
import FleetWire
import Foundation
import Testing

@testable import FleetCommands

@Suite("artifacts, on files laid down by hand")
struct ArtifactsTests {
    private static let run = TestWorkspace.run
    private static let base = ".codewhale/fleet/\(run)"

    private static func digest(_ text: String) -> String {
        var digest = SHA256()
        digest.update(text.utf8)
        return digest.hexDigest()
    }

    private static func record(_ path: String, _ text: String, kind: String = "file") -> ArtifactRecord {
        ArtifactRecord(kind: kind, path: path, bytes: Int64(text.utf8.count), sha256: digest(text))
    }

    /// A run whose task `good` has left a log, a file and one in a directory.
    private func workspace(_ more: [ArtifactRecord] = []) throws -> TestWorkspace {
        let workspace = try TestWorkspace()
        try workspace.append(TestWorkspace.created(Self.run, name: "x", tasks: 1))
        try workspace.append(.taskEnqueued(.init(run: Self.run, task: TaskID(unchecked: "good"))))
        try workspace.append(TestWorkspace.leased(Self.run, "good", 1))
        try workspace.directory.write("\(Self.base)/logs/good.1.log", "log")
        try workspace.directory.write("\(Self.base)/artifacts/good.1/out.txt", "out")
        try workspace.directory.write("\(Self.base)/artifacts/good.1/deep/er/x", "deeper")
        let artifacts =
            [
                Self.record("\(Self.base)/logs/good.1.log", "log", kind: "log"),
                Self.record("\(Self.base)/artifacts/good.1/out.txt", "out"),
                Self.record("\(Self.base)/artifacts/good.1/deep/er/x", "deeper"),
            ] + more
        try workspace.append(workspace.finished(Self.run, "good", 1, .passed, exit: .code(0), artifacts: artifacts))
        return workspace
    }

    private func copy(_ workspace: TestWorkspace, into directory: String) throws -> [String] {
        let open = try workspace.open()
        return try ArtifactsCommand.copy(open.attempt("\(Self.run)/good", number: nil), of: open, into: directory)
    }

    @Test("They are listed as the receipt has them")
    @MainActor
    func list() async throws {
        let workspace = try workspace()
        let console = try TestConsole()
        #expect(await workspace.run(console, "artifacts", "\(Self.run)/good", "--json") == 0)
        let answer = try JSONProbe(console.output)
        #expect(answer.names == ["schema", "run_id", "task_id", "attempt", "artifacts"])
        #expect(answer["schema"].text == "fleet.artifacts/1")
        #expect(answer["artifacts"][1].names == ["kind", "path", "bytes", "sha256"])
        #expect(answer["artifacts"].elements.map { $0["bytes"].number } == [3, 3, 6])
        #expect(answer["artifacts"][1]["sha256"].text == Self.digest("out"))
    }

    @Test("Copies lie below the directory, under the names that they had")
    @MainActor
    func copies() async throws {
        let workspace = try workspace()
        let target = try TemporaryDirectory()
        let console = try TestConsole()
        let code = await workspace.run(console, "artifacts", "local-1", "--into", target.path + "/new", "--json")
        #expect(code == 0)
        #expect(target.content == ["new", "new/deep", "new/deep/er", "new/deep/er/x", "new/good.1.log", "new/out.txt"])
        #expect(try String(contentsOfFile: target.path + "/new/deep/er/x", encoding: .utf8) == "deeper")
        let artifacts = try JSONProbe(console.output)["artifacts"].elements
        #expect(
            artifacts.map { $0["copy"].text }
                == ["good.1.log", "out.txt", "deep/er/x"].map { "\(target.path)/new/\($0)" }
        )
    }

    @Test("A log that is kept in pieces is copied as one")
    func logInPieces() throws {
        let workspace = try workspace()
        try workspace.directory.write("\(Self.base)/logs/good.1.log", "l")
        try workspace.directory.write("\(Self.base)/logs/good.1.log.9", "og")
        let target = try TemporaryDirectory()
        _ = try copy(workspace, into: target.path)
        #expect(try String(contentsOfFile: target.path + "/good.1.log", encoding: .utf8) == "log")
    }

    @Test("An empty log has no file, and its copy is an empty one")
    @MainActor
    func emptyLog() async throws {
        let workspace = try TestWorkspace()
        try workspace.append(TestWorkspace.created(Self.run, name: "x", tasks: 1))
        try workspace.append(.taskEnqueued(.init(run: Self.run, task: TaskID(unchecked: "good"))))
        try workspace.append(TestWorkspace.leased(Self.run, "good", 1))
        let log = ArtifactRecord(kind: "log", path: nil, bytes: 0, sha256: Self.digest(""))
        try workspace.append(workspace.finished(Self.run, "good", 1, .passed, exit: .code(0), artifacts: [log]))
        let console = try TestConsole()
        #expect(await workspace.run(console, "artifacts", "local-1") == 0)
        #expect(console.output.contains("no file, as it is empty"))
        let target = try TemporaryDirectory()
        let answer = try TestConsole()
        #expect(await workspace.run(answer, "artifacts", "local-1", "--into", target.path, "--json") == 0)
        let artifact = try JSONProbe(answer.output)["artifacts"][0]
        #expect(artifact.names == ["kind", "path", "bytes", "sha256", "copy"])
        #expect(artifact["path"].isNull)
        #expect(target.content == ["good.1.log"])
        #expect(try String(contentsOfFile: target.path + "/good.1.log", encoding: .utf8).isEmpty)
    }

    @Test("Nothing is overwritten", arguments: ["out.txt", "good.1.log"])
    @MainActor
    func noOverwriting(name: String) async throws {
        let workspace = try workspace()
        let target = try TemporaryDirectory()
        try target.write(name, "mine")
        let console = try TestConsole()
        #expect(await workspace.run(console, "artifacts", "local-1", "--into", target.path) == 73)
        #expect(console.diagnostics.contains("\(target.path)/\(name) is there already, and is not overwritten"))
        #expect(try String(contentsOfFile: target.path + "/" + name, encoding: .utf8) == "mine")
    }

    @Test("Nothing is written through a link", arguments: ["out.txt", "deep"])
    func noLinks(name: String) throws {
        let workspace = try workspace()
        let target = try TemporaryDirectory()
        let elsewhere = try TemporaryDirectory()
        try elsewhere.write("victim", "mine")
        let destination = name == "deep" ? elsewhere.path : elsewhere.path + "/victim"
        try FileManager.default.createSymbolicLink(atPath: target.path + "/" + name, withDestinationPath: destination)
        let error = #expect(throws: CommandError.self) { try copy(workspace, into: target.path) }
        #expect(error?.code == .cannotCreate)
        #expect(elsewhere.content == ["victim"])
        #expect(try String(contentsOfFile: elsewhere.path + "/victim", encoding: .utf8) == "mine")
    }

    @Test("What is not what the receipt says is not left there, with 1", arguments: ["xut", "ou", "outer", ""])
    @MainActor
    func mismatch(content: String) async throws {
        let workspace = try workspace()
        try workspace.directory.write("\(Self.base)/artifacts/good.1/out.txt", content)
        let target = try TemporaryDirectory()
        let console = try TestConsole()
        #expect(await workspace.run(console, "artifacts", "local-1", "--into", target.path, "--json") == 1)
        #expect(try JSONProbe(console.output)["code"].text == "mismatch")
        #expect(target.content == ["good.1.log"])
    }

    @Test("A file that an attempt made a link is not followed")
    func sourceLink() throws {
        let workspace = try workspace()
        let path = workspace.place.root + "/\(Self.base)/artifacts/good.1/out.txt"
        let secret = try workspace.directory.write("secret", "out")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: secret)
        let target = try TemporaryDirectory()
        let error = #expect(throws: CommandError.self) { try copy(workspace, into: target.path) }
        #expect(error?.code == .mismatch)
        #expect(target.content == ["good.1.log"])
    }

    @Test(
        "A receipt that names another place is not believed",
        arguments: [
            "../outside", "/etc/hostname", "\(base)/artifacts/good.1/../../../../x", "\(base)/artifacts/good.2/x",
            "\(base)/artifacts/good.1/", "\(base)/artifacts/good.1//x", "\(base)/artifacts/good.1/./out.txt", "",
        ]
    )
    func foreignPlaces(path: String) throws {
        let workspace = try workspace([Self.record(path, "x")])
        let target = try TemporaryDirectory()
        let error = #expect(throws: CommandError.self) { try copy(workspace, into: target.path + "/a") }
        #expect(error?.code == .mismatch)
        #expect(target.content.filter { !$0.hasPrefix("a") }.isEmpty)
    }

    @Test("A directory that cannot be made is told")
    func unusable() throws {
        let workspace = try workspace()
        let target = try TemporaryDirectory()
        try target.write("file", "")
        let error = #expect(throws: CommandError.self) { try copy(workspace, into: target.path + "/file") }
        #expect(error?.exit == .workspace)
    }

    @Test("An attempt that goes on has no artifacts yet, one that ended may have left none")
    func none() throws {
        let workspace = try TestWorkspace()
        try workspace.appendExample()
        let open = try workspace.open()
        #expect(
            try ArtifactsCommand.text(open.attempt("local-2", number: nil), copies: nil)
                == "attempt 1 of \(Self.run)/busy has not ended yet\n"
        )
        #expect(
            try ArtifactsCommand.text(open.attempt("local-1", number: nil), copies: nil)
                == "attempt 2 of \(Self.run)/bad left no artifacts\n"
        )
    }
}
