// Runs many commands at once over few connections.

import FleetLibSSH2

try await withSSHPool { pool in
    let session = try await pool.connect(to: "builder")

    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 1...64 {
            group.addTask {
                let result = try await session.run(["echo", "\(number)"])
                return Int(result.text.dropLast()) ?? 0
            }
        }
        var sum = 0
        for try await number in group { sum += number }
        return sum
    }
    print("sum \(sum)")

    // snippet.use
    if let use = await session.use {
        print("\(use.connects) connections were made; \(use.open) are open, \(use.idle) of them idle")
    }
    // snippet.end
}
