import Testing

@testable import FleetLibSSH2

/// What is read from the library's memory.
@Suite("Memory of a session")
struct SessionMemoryTests {
    private func number(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    private func text(_ text: String) -> [UInt8] { number(UInt32(text.utf8.count)) + Array(text.utf8) }

    private func giveBack(_ bytes: [UInt8], _ memory: inout SessionMemory) {
        bytes.withUnsafeBytes { memory.giveBack($0) }
    }

    @Test("only an exit status that came for a channel is one")
    func status() {
        var memory = SessionMemory()
        for channel: UInt32 in 1...4 { memory.watch(channel) }
        giveBack([98] + number(1) + text("exit-status") + [0] + number(0), &memory)
        giveBack([98] + number(2) + text("exit-signal") + [0] + text("KILL") + [0] + text("") + text(""), &memory)
        // Too short to hold one.
        giveBack([98] + number(3) + text("exit-status") + [0], &memory)
        giveBack([94] + number(4) + text("exit-status") + [0] + number(0), &memory)
        giveBack([98] + number(5) + text("exit-status") + [0] + number(0), &memory)
        #expect((1...5).map { memory.endWatch($0) } == [true, false, false, false, false])
        let isLeft = memory.endWatch(1)
        #expect(!isLeft)
    }

    @Test("a host that says more often than there were commands that one was ended by a signal is a fault")
    func signals() {
        let signal = [98] + number(7) + text("exit-signal") + [0] + text("KILL") + [0] + text("") + text("")
        var memory = SessionMemory()
        giveBack([90] + text("session") + number(7) + number(1 << 21) + number(32_768), &memory)
        for _ in 0..<8 {
            giveBack(signal, &memory)
            #expect(!memory.isLeaking)
        }
        giveBack(signal, &memory)
        #expect(memory.isLeaking)
    }

    @Test("the number of the channel that was asked for last is known, whatever else is freed")
    func channel() {
        var memory = SessionMemory()
        #expect(memory.lastChannel == nil)
        giveBack([90] + text("session") + number(7) + number(1 << 21) + number(32_768), &memory)
        giveBack([90] + text("direct-tcpip") + number(8) + number(1 << 21) + number(32_768), &memory)
        for length in 0..<24 { giveBack(Array(([90] + text("session") + number(9)).prefix(min(length, 15))), &memory) }
        #expect(memory.lastChannel == 7)
    }

    @Test("what a session takes, it gives back")
    func balance() throws {
        let session = try #require(SessionHandle())
        let streams = session.streams
        let before = streams.memory.held
        #expect(before > 0)
        try session.prefer(.all, hostKeys: SSHAlgorithms.all.hostKeys)
        #expect(streams.memory.held > before)
    }

    @Test("algorithms that the library does not have are no reason to take its own choice")
    func algorithms() throws {
        let session = try #require(SessionHandle())
        var algorithms = SSHAlgorithms.all
        algorithms.ciphers = ["none-such"]
        #expect(throws: LibSSH2Error.self) { try session.prefer(algorithms, hostKeys: algorithms.hostKeys) }
        #expect(!session.hasAlgorithms)
    }
}
