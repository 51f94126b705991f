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

    /// What this process does while another one runs, on a thread of its own.
    ///
    /// Waiting for the end of another process takes a thread of the pool, so nothing here may need one.
    private func with<Value: Sendable>(
        _ body: @escaping @Sendable (String, Pipes) throws -> Value,
        whileRuns process: (String) async -> Void
    ) async throws -> Value {
        try await withDirectoryAsync { directory in
            let pipes = try Pipes(making: directory)
            let result = Shared<Result<Value, any Error>?>(nil)
            let isDone = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                result.set(Result { try body(directory, pipes) })
                isDone.signal()
            }
            await process(directory)
            try #require(Self.isSignalled(isDone))
            return try #require(result.get()).get()
        }
    }

    private static func isSignalled(_ semaphore: DispatchSemaphore) -> Bool {
        semaphore.wait(timeout: .now() + 60) == .success
    }

    @Test func anotherProcessHoldsItUntilItReleases() async throws {
        let seen = try await with { directory, pipes in
            let path = directory + "/lock"
            let pid = try pipes.hear()
            let whileHeld = (isTaken: try RunLock.tryAcquire(path) == nil, holder: try RunLock.holder(path))
            pipes.letGo()
            let word = try pipes.hear()
            let after = (isTaken: try RunLock.tryAcquire(path) == nil, holder: try RunLock.holder(path))
            pipes.letGo()
            return (pid: Int(pid), word: word, whileHeld: whileHeld, after: after)
        } whileRuns: { directory in
            await #expect(processExitsWith: .success) { [directory = directory as String] in
                let lock = try #require(try RunLock.tryAcquire(directory + "/lock"))
                try Pipes.say("\(Directory.processID)", directory)
                lock.release()
                try Pipes.say("released", directory)
            }
        }
        #expect(seen.pid != nil && seen.pid != Directory.processID)
        #expect(seen.whileHeld.isTaken)
        #expect(seen.whileHeld.holder == seen.pid)
        #expect(seen.word == "released")
        #expect(!seen.after.isTaken)
        #expect(seen.after.holder == nil)
    }

    @Test func killedProcessHoldsItNoMore() async throws {
        let seen = try await with { directory, pipes in
            let pid = Int(try pipes.hear())
            let holder = try RunLock.holder(directory + "/lock")
            if let pid { kill(pid_t(pid), SIGKILL) }
            return (pid: pid, holder: holder)
        } whileRuns: { directory in
            await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
                let lock = try #require(try RunLock.tryAcquire(directory + "/lock"))
                try Pipes.say("\(Directory.processID)", directory)
                lock.release()
            }
            #expect(throws: Never.self) {
                let holder = try RunLock.holder(directory + "/lock")
                #expect(holder == nil)
                let lock = try RunLock.tryAcquire(directory + "/lock")
                #expect(lock != nil)
            }
        }
        #expect(seen.pid != nil)
        #expect(seen.holder == seen.pid)
    }

    /// The lock is not inherited by what its holder starts.
    @Test func childOfTheHolderDoesNotKeepIt() async throws {
        let lock = Shared<RunLock?>(nil)
        let seen = try await with { directory, pipes in
            let word = try pipes.hear()
            lock.get()?.release()
            let holder = try RunLock.holder(directory + "/lock")
            pipes.letGo()
            return (word: word, holder: holder)
        } whileRuns: { directory in
            #expect(throws: Never.self) { lock.set(try RunLock.tryAcquire(directory + "/lock")) }
            await #expect(processExitsWith: .success) { [directory = directory as String] in
                let isTaken = try RunLock.tryAcquire(directory + "/lock") == nil
                try Pipes.say(isTaken ? "taken" : "free", directory)
            }
        }
        #expect(seen.word == "taken")
        #expect(seen.holder == nil)
    }
}

/// Two pipes: through one the other process says something, through the other it is told to go on.
///
/// Both ends are open here, so that nobody waits for anybody to open one.
private final class Pipes: Sendable {
    private let heard: File
    private let go: File

    init(making directory: String) throws {
        for name in ["heard", "go"] { try #require(mkfifo("\(directory)/\(name)", 0o600) == 0) }
        heard = try File(directory + "/heard", .update)
        go = try File(directory + "/go", .update)
    }

    /// The next that the other process says.
    func hear() throws -> String {
        var request = pollfd(fd: heard.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, 30_000) == 1 else { throw CancellationError() }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(heard.descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Lets the other process go on.
    func letGo() { #expect(throws: Never.self) { try go.write([1]) } }

    /// In the other process: says something, and waits until it may go on.
    static func say(_ text: String, _ directory: String) throws {
        try File(directory + "/heard", .append).write(Array(text.utf8))
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory + "/go"))
        _ = try handle.read(upToCount: 1)
    }
}
