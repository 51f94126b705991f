#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What is read of the clock and of this process.
enum Measure {
    /// The monotonic clock, in nanoseconds: other processes of the machine read the same.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Seconds of processor time that this process has used.
    static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Resident memory, in bytes; 0 where it cannot be told.
    static func residentBytes() -> Int {
        guard let text = try? Settings.text(of: "/proc/self/statm") else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// Numbers under names, printed as a JSON object a line.
struct Figures {
    private var fields: [(String, Double)] = []

    subscript(name: String) -> Double {
        get { fields.last { $0.0 == name }?.1 ?? 0 }
        set { fields.append((name, newValue)) }
    }

    /// The middle and the tail of times, given in nanoseconds, as seconds.
    mutating func add(times: [UInt64]) {
        let sorted = times.sorted()
        guard let last = sorted.last else { return }
        self["p50"] = Double(sorted[sorted.count / 2]) / 1e9
        self["p99"] = Double(sorted[min(sorted.count - 1, sorted.count * 99 / 100)]) / 1e9
        self["most"] = Double(last) / 1e9
        self["count"] = Double(sorted.count)
    }

    /// Prints them.
    func write() {
        print("{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
        fflush(nil)
    }
}

/// Waits for the benchmark's word to go on: a line of input.
func waitForWord() { _ = readLine() }
