import FleetCore

/// How much of slots that several runs share one of them may take before the others have had their turn.
///
/// Without it the run that ends an attempt would lease the slot again in the same write, and a run that came later
/// would wait for the first one's end.
enum FairShare {
    /// Another run that may lease to the same slots.
    struct Rival: Equatable {
        /// How many of the slots it holds.
        var open: Int
        /// How many of its tasks wait.
        var queued: Int
    }

    /// For how long a run that left what was held back for it is passed over, in milliseconds: its tasks cannot run yet.
    static let passOverMilliseconds: Int64 = 1_000

    /// How many more attempts a run may lease at once.
    ///
    /// - Parameters:
    ///   - slots: how many slots are shared.
    ///   - open: how many of them the run holds, those that it gives back at this moment among them: so a run that has
    ///     its share already does not take again what it has just given back.
    ///   - rivals: the other runs whose managers live.
    /// - Returns: the number; `Int.max` where no other run is below its share.
    static func allowance(slots: Int, open: Int, rivals: [Rival]) -> Int {
        let waiting = rivals.filter { $0.queued > 0 }
        let claimants = waiting.count + 1
        let share = max(1, (slots + claimants - 1) / claimants)
        guard waiting.contains(where: { $0.open < max(1, slots / claimants) }) else { return .max }
        return max(0, share - open)
    }
}
