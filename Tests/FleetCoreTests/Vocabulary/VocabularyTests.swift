import Testing

@testable import FleetCore

/// Ids: they become parts of file names and of argument lists.
@Suite struct IdentifierTests {
    @Test(arguments: ["a", "0", "_", "A.b-c_9", "_.", "a..b"]) func isAnID(_ text: String) {
        #expect(RunID(text)?.rawValue == text)
        #expect(WorkerID(rawValue: text)?.description == text)
    }

    @Test(arguments: ["", ".", "..", ".a", "-", "-a", "a/b", "a b", "é", "a\n", "a\0", "a:b", "~"])
    func isNone(_ text: String) { #expect(TaskID(text) == nil) }

    @Test func areOrderedByTheirBytes() {
        let ids = ["b", "a", "B", "a-1", "a.1", "10", "9"].map { TaskID(unchecked: $0) }
        #expect(ids.sorted().map(\.rawValue) == ["10", "9", "B", "a", "a-1", "a.1", "b"])
    }
}

/// The name that was probably meant.
@Suite struct NearestNameTests {
    @Test(
        arguments: [
            ("taks", "tasks"), ("tasks", "tasks"), ("TASKS", "tasks"), ("task", "tasks"), ("depends-on", "depends_on"),
            ("prioritiy", "priority"), ("nmae", "name"), ("enviroment_allowlist", nil), ("zzz", nil), ("", nil),
            ("x", nil),
            (String(repeating: "t", count: 100), nil),
        ] as [(String, String?)]
    )
    func isFound(name: String, nearest: String?) {
        #expect(NearestName.find(name, among: ["tasks", "name", "depends_on", "priority"]) == nearest)
    }

    @Test(arguments: [
        ("", "", 0), ("abc", "abc", 0), ("abc", "", 3), ("", "ab", 2), ("abc", "abd", 1), ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3),
    ])
    func distanceCountsEdits(left: String, right: String, edits: Int) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == edits)
    }

    @Test func hintsEndAfterAHundredLookups() {
        let tasks = (0..<150).map { "{\"id\": \"t\($0)\", \"command\": \"x\", \"prioritx\": 1}" }
        let faults = Spec.faults("[\(tasks.joined(separator: ","))]")
        #expect(faults.filter { $0.hint == "did you mean \"priority\"?" }.count == 100)
        #expect(faults.count == 150)
    }
}

/// How long is waited before another attempt.
@Suite struct RetryPolicyTests {
    @Test(arguments: [
        (RetryPolicy(), [5, 5, 10, 20, 40, 80, 160, 300, 300]),
        (RetryPolicy(initialBackoff: 0), [0, 0, 0, 0]),
        (RetryPolicy(initialBackoff: 10, maxBackoff: 10), [10, 10, 10]),
        (RetryPolicy(initialBackoff: 1, multiplier: 1), [1, 1, 1, 1]),
        (RetryPolicy(initialBackoff: 500, maxBackoff: 60), [60, 60, 60]),
        (RetryPolicy(initialBackoff: 1, maxBackoff: 100, multiplier: 1_000), [1, 1, 100, 100]),
        (RetryPolicy(initialBackoff: 0.5, maxBackoff: 2, multiplier: 1.5), [0.5, 0.5, 0.75, 1.125, 1.6875, 2]),
    ])
    func backoffGrowsToItsBound(policy: RetryPolicy, seconds: [Double]) {
        #expect(seconds.indices.map { policy.backoff(afterAttempt: $0) } == seconds)
    }

    /// A ledger may say any number.
    @Test(.timeLimit(.minutes(5)), arguments: [Int.min, -1, Int(Int32.max), Int.max])
    func anyAttemptHasABackoff(_ attempt: Int) {
        let policy = RetryPolicy()
        #expect(policy.backoff(afterAttempt: attempt) == (attempt < 1 ? 5 : 300))
        #expect(RetryPolicy(initialBackoff: 1, multiplier: 1).backoff(afterAttempt: attempt) == 1)
    }
}
