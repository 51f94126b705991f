import FleetCore
import FleetWire

/// What hosts tell of attempts of the run that the ledger does not know: their records were damaged, or cut off.
struct LostRecords {
    /// Those that may still run, and since when that is known; their tasks are not leased before they have ended.
    var strays: [AttemptKey: Timestamp] = [:]
    /// The greatest number of an attempt that a host was found to know, by the task's place: the next one is above it.
    var numbers: [Int: Int] = [:]
    /// How often a start was refused, by the task's place, as its number was used before.
    var refusals: [Int: Int] = [:]
    /// Hosts that are being asked for all that they know; nothing is leased before they have answered, or could not.
    var awaited: Set<Int> = []

    /// By how much a host's word may move a task's next number: what it says is not believed without bound.
    private static let largestLeap = 100_000

    /// Takes notice that a host knows an attempt of that number.
    ///
    /// - Parameters:
    ///   - number: its number.
    ///   - task: the task's place.
    ///   - next: the number that the ledger would give the next one.
    mutating func note(_ number: UInt32, of task: Int, next: Int) {
        let bounded = min(Int(number), next + Self.largestLeap)
        numbers[task] = max(numbers[task] ?? 0, bounded)
    }
}
