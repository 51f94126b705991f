import Dispatch
import Foundation
import Testing

@testable import FleetLedger

/// The lock of a run, within a process and between processes.
@Suite struct RunLockTests {
    @Test func oneHoldsIt() throws {
        try withDirectory { directory in
            let path = directory + "/lock"
            #expect(try RunLock.holder(path) == nil)
            let lock = try #require(try RunLock.tryAcquire(path))
            #expect(try RunLock.tryAcquire(path) == nil)
            #expect(try RunLock.holder(path) == Directory.processID)
            lock.release()
            #expect(try RunLock.holder(path) == nil)
            let again = try #require(try RunLock.tryAcquire(path))
            #expect(try RunLock.holder(path) == Directory.processID)
            again.release()
        }
    }

    @Test func endOfTheValueGivesItBack() throws {
        try withDirectory { directory in
            let path = directory + "/lock"
            var lock = try RunLock.tryAcquire(path)
            #expect(lock != nil)
            lock = nil
            #expect(try RunLock.holder(path) == nil)
            #expect(try RunLock.tryAcquire(path) != nil)
        }
    }

    @Test func oneOfManyThreadsGetsIt() throws {
        try withDirectory { directory in
            let path = directory + "/lock"
            for _ in 0..<50 {
                let locks = Shared<[RunLock]>([])
                DispatchQueue.concurrentPerform(iterations: 4) { _ in
                    #expect(throws: Never.self) {
                        guard let lock = try RunLock.tryAcquire(path) else { return }
                        locks.change { $0.append(lock) }
                    }
                }
                #expect(locks.get().count == 1)
                for lock in locks.get() { lock.release() }
            }
        }
    }

    /// A longer pid of an earlier holder leaves no digit behind.
    @Test func pidOfAnEarlierHolderIsReplaced() throws {
        try withDirectory { directory in
            let path = directory + "/lock"
            try Files.write(Array("99999999999\n77\n".utf8), to: path)
            #expect(try RunLock.holder(path) == nil)
            let lock = try #require(try RunLock.tryAcquire(path))
            #expect(try Files.read(path) == Array("\(Directory.processID)\n".utf8))
            #expect(try RunLock.holder(path) == Directory.processID)
            lock.release()
        }
    }

    @Test(arguments: ["", "\n", "x\n"]) func holderWithoutAPidIsThereAllTheSame(_ content: String) throws {
        try withDirectory { directory in
            let path = directory + "/lock"
            let lock = try #require(try RunLock.tryAcquire(path))
            let file = try File(path, .update)
            try file.truncate(to: 0)
            try file.write(Array(content.utf8))
            #expect(try RunLock.holder(path) == 0)
            lock.release()
        }
    }

    @Test func removedFileIsNobodysLock() throws {
        try withDirectory { directory in
            let path = directory + "/lock"
            let lock = try #require(try RunLock.tryAcquire(path))
            Directory.remove(path)
            #expect(try RunLock.holder(path) == nil)
            #expect(try RunLock.tryAcquire(path) != nil)
            lock.release()
        }
    }

    // MARK: Between processes

    /// Takes the lock, says so with the pid, and holds it until it is told to go on.
    static func hold(_ directory: String) throws -> RunLock {
        let lock = try #require(try RunLock.tryAcquire(directory + "/lock"))
        try say("\(Directory.processID)", directory)
        return lock
    }

    /// Tells the other process something, once it listens, and waits until it is told to go on.
    static func say(_ text: String, _ directory: String) throws {
        let pipe = try FileHandle(forWritingTo: URL(fileURLWithPath: directory + "/held"))
        try pipe.write(contentsOf: Data("\(text)\n".utf8))
        try pipe.close()
        _ = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory + "/go")).readToEnd()
    }

    /// Two pipes: one tells that the lock is held, and by whom, the other lets the holder go on.
    private func withPipes(_ body: (String) async throws -> Void) async throws {
        try await withDirectory { directory in
            for name in ["held", "go"] { try #require(mkfifo("\(directory)/\(name)", 0o600) == 0) }
            try await body(directory)
        }
    }

    /// What the other process says, once it says it; waits on a thread of its own.
    private func pidOfHolder(_ directory: String) async throws -> Int? {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory + "/held"))
                        let text = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
                        return Int(text.dropLast())
                    }
                )
            }
        }
    }

    private func letGo(_ directory: String) throws {
        try FileHandle(forWritingTo: URL(fileURLWithPath: directory + "/go")).close()
    }

    @Test func anotherProcessHoldsItUntilItReleases() async throws {
        try await withPipes { directory in
            async let child: ExitTest.Result? = #expect(processExitsWith: .success) {
                [directory = directory as String] in
                let lock = try RunLockTests.hold(directory)
                lock.release()
                try RunLockTests.say("released", directory)
            }
            let path = directory + "/lock"
            let pid = try await pidOfHolder(directory)
            #expect(pid != nil && pid != Directory.processID)
            #expect(try RunLock.tryAcquire(path) == nil)
            #expect(try RunLock.holder(path) == pid)
            try letGo(directory)
            #expect(try await pidOfHolder(directory) == nil)
            #expect(try RunLock.holder(path) == nil)
            #expect(try RunLock.tryAcquire(path) != nil)
            try letGo(directory)
            _ = await child
        }
    }

    @Test func killedProcessHoldsItNoMore() async throws {
        try await withPipes { directory in
            async let child: ExitTest.Result? = #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String] in
                _ = try RunLockTests.hold(directory)
            }
            let pid = try #require(try await pidOfHolder(directory))
            #expect(try RunLock.holder(directory + "/lock") == pid)
            #expect(kill(pid_t(pid), SIGKILL) == 0)
            _ = await child
            #expect(try RunLock.holder(directory + "/lock") == nil)
            #expect(try RunLock.tryAcquire(directory + "/lock") != nil)
        }
    }

    /// The lock is not inherited by what its holder starts.
    @Test func childOfTheHolderDoesNotKeepIt() async throws {
        try await withPipes { directory in
            let lock = try #require(try RunLock.tryAcquire(directory + "/lock"))
            async let child: ExitTest.Result? = #expect(processExitsWith: .success) {
                [directory = directory as String] in
                #expect(try RunLock.tryAcquire(directory + "/lock") == nil)
                try RunLockTests.say("1", directory)
            }
            #expect(try await pidOfHolder(directory) == 1)
            lock.release()
            #expect(try RunLock.holder(directory + "/lock") == nil)
            try letGo(directory)
            _ = await child
        }
    }
}
