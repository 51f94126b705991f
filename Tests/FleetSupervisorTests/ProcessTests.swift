import CFleetSupervisor
import FleetWire
import Foundation
import TestSupport
import Testing

@testable import FleetSupervisor

@Suite("Processes")
struct ProcessTests {
    @Test("a name in parentheses may hold anything")
    func odd() throws {
        let line = "4711 (a) b (c\n d) S 12 4711 4699 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 123456 1000 2 3"
        let stat = try #require(ProcessStat(parsing: Array(line.utf8)))
        #expect(stat.pid == 4_711 && stat.parent == 12 && stat.session == 4_699 && stat.startTicks == 123_456)
        #expect(!stat.isDead)
    }

    @Test(
        "what is no such line is nothing",
        arguments: ["", "1", "1 (x", "1 (x) S", "x (y) S 1 2 3", "1 (x) S 1 2 3 4 5"]
    )
    func broken(_ line: String) { #expect(ProcessStat(parsing: Array(line.utf8)) == nil) }

    @Test("this process is found, and is not dead")
    func own() throws {
        let own = try #require(ProcessStat.read(getpid()))
        #expect(own.parent == getppid() && !own.isDead)
        #expect(ProcessStat.all().contains { $0.pid == getpid() })
    }

    @Test("a zombie is dead, and no recorded process matches it")
    func zombie() throws {
        let before = Clock.bootTicks
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/bin/true")
        try child.run()
        let after = Clock.bootTicks
        let recorded = RecordedProcess(pid: UInt32(child.processIdentifier), from: before, to: after)
        child.waitUntilExit()
        let stat = ProcessStat(
            parsing: Array("\(child.processIdentifier) (x) Z 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \(before)".utf8)
        )
        #expect(stat?.isDead ?? false)
        #expect(stat.map { !recorded.matches($0) } ?? false)
    }

    @Test("a process with the same number and another start is not the recorded one")
    func reused() throws {
        let own = try #require(ProcessStat.read(getpid()))
        let mine = RecordedProcess(pid: UInt32(getpid()), from: own.startTicks, to: own.startTicks)
        #expect(mine.matches(own))
        let other = RecordedProcess(pid: UInt32(getpid()), from: own.startTicks + 10, to: own.startTicks + 12)
        #expect(!other.matches(own))
    }

    @Test("a child of another account that /proc hides is found, and counts as one that cannot be ended")
    func hidden() {
        let pid = cfleet_fork()
        if pid == 0 { while true { pause() } }
        #expect(pid > 0)
        defer {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        func look() -> [ProcessStat] {
            ProcessTree.descendants(of: [getpid()], read: { $0 == pid ? nil : ProcessStat.read($0) }) { $0 == pid }
                .filter { $0.pid == pid }
        }
        #expect(look() == [.hidden(pid, parent: getpid())])
        var killer = TreeKiller()
        for _ in 0..<2 { #expect(killer.round(look).map(\.pid) == [pid]) }
        #expect(killer.isDone && killer.untouchable == [pid] && killer.told.isEmpty)
        // One that is gone is none.
        let none = ProcessTree.descendants(of: [getpid()], read: { _ in nil }, isForeign: { _ in false })
        #expect(none.isEmpty)
    }

    @Test("the process that serves a channel ends when nobody takes what it says, though its input stays open")
    func deafChannel() throws {
        let (input, output) = (Pipe(), Pipe())
        let state = NSTemporaryDirectory() + "codewhale-deaf-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: state) }
        let child = Process()
        child.executableURL = URL(fileURLWithPath: BuiltProducts.supervisor)
        child.arguments = ["attach", "--state", state, "--nonce", "0123456789abcdef"]
        child.standardInput = input
        child.standardOutput = output
        try output.fileHandleForReading.close()
        let hasEnded = DispatchSemaphore(value: 0)
        child.terminationHandler = { _ in hasEnded.signal() }
        try child.run()
        defer { if child.isRunning { kill(child.processIdentifier, SIGKILL) } }
        #expect(hasEnded.wait(timeout: .now() + 20) == .success)
        try input.fileHandleForWriting.close()
    }

    static let searches: [(program: String, path: String, candidates: [String])] = [
        ("/bin/x", "/a:/b", ["/bin/x"]), ("./x", "/a", ["./x"]), ("x", "/a:/b", ["/a/x", "/b/x"]),
        ("x", "", ["./x"]), ("x", "/a::/b", ["/a/x", "./x", "/b/x"]),
    ]

    @Test("where a program is looked for", arguments: searches)
    func candidates(_ program: String, _ path: String, _ candidates: [String]) {
        #expect(ProgramEnvironment.candidates(program, path: path) == candidates)
    }

    @Test("a checksum by the standard's vector")
    func checksum() {
        #expect(Checksum.crc32c(Array("123456789".utf8)) == 0xe306_9283)
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    }
}
