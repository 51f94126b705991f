import FleetCore
import FleetTransport
import Foundation
import NIOPosix
import Testing

@testable import FleetCommands

@Suite("What the doctor's script tells of a host")
struct HostFactsTests {
    @Test("Lines of another nonce, of no known form, or with text where numbers belong are passed over")
    func hostile() {
        let facts = HostFacts(
            lines: [
                "codewhale-fact:other done", "noise", "codewhale-fact:n ", "codewhale-fact:n directory x writable 1",
                "codewhale-fact:n directory 0 writable 99999999999999999999", "codewhale-fact:n home nonsense 1",
                "codewhale-fact:n user 1 a\u{1B}b", "codewhale-fact:n program 0 found extra",
                "codewhale-fact:n shell /bin/\u{7F}sh", "codewhale-fact:n directory 1 missing -5",
                "codewhale-fact:n logind YES none" + String(repeating: " ", count: 5_000),
            ],
            nonce: "n"
        )
        #expect(!facts.isComplete)
        #expect(facts.directories == [0: .init(state: .writable), 1: .init(state: .missing)])
        #expect(facts.home == nil)
        #expect(facts.user == nil)
        #expect(facts.userID == 1)
        #expect(facts.programs.isEmpty)
        #expect(facts.shell == nil)
        #expect(facts.hasLogind == nil)
    }

    @Test("The script goes through every login shell as it is")
    func plain() {
        let words = HostFactsScript.arguments(DoctorTarget(), digests: [], nonce: "n")
        #expect(words[2].utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && !"'\\!".utf8.contains($0) })
    }

    @Test("Directories and programs are told as they are, and nothing stays")
    func places() async throws {
        let directory = try TemporaryDirectory("doctor it's \"here\" $HOME")
        let program = try directory.write("bin/tool", "#!/bin/sh\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        try directory.write("plain", "")
        var target = DoctorTarget()
        target.directories = [directory.path, directory.path + "/none", directory.path + "/plain", "~/work"]
        target.programs = [
            .init(name: "tool", path: [directory.path + "/bin"], isNeeded: true),
            .init(name: "tool", path: [], isNeeded: true), .init(name: "sh", path: [], isNeeded: true),
            .init(name: directory.path + "/plain", path: [], isNeeded: true),
            .init(name: directory.path, path: [], isNeeded: true),
            .init(name: "~/bin/tool", path: [], isNeeded: true),
        ]
        try directory.write("work/x", "")
        let before = directory.content
        let facts = try await look(target, home: directory.path)
        #expect(facts.isComplete)
        #expect((0..<4).map { facts.directories[$0]?.state } == [.writable, .missing, .file, .writable])
        #expect(facts.directories[0]?.free ?? 0 > 0)
        #expect(
            (0..<6).map { facts.programs[$0] } == [.found, .missing, .found, .noexec, .directory, .found]
        )
        #expect(facts.home?.state == .writable)
        #expect(facts.userID == Int(System.user))
        #expect(directory.content == before)
    }

    private func look(_ target: DoctorTarget, home: String) async throws -> HostFacts {
        let transport = LocalTransport(eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        let session = try await transport.connect()
        let answer = try await Probe(session: session)
            .run(
                HostFactsScript.arguments(target, digests: ["0"], nonce: "n"),
                environment: ["PATH": "/usr/bin:/bin", "HOME": home],
                within: 10
            )
        await session.close()
        return HostFacts(lines: answer.lines, nonce: "n")
    }
}
