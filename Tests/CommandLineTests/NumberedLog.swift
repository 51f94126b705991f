import Foundation
import TestServers
import Testing

/// Tasks that say which attempt they are, and number their lines, so that a gap or a repeat is seen.
enum NumberedLog {
    /// What such a task runs: it notes its start in `starts` of its working directory, does what comes first, counts
    /// until the file `release-TASK` or `release` is there, and says so.
    static func command(first: String = "true") -> String {
        """
        echo "$CODEWHALE_TASK_ID" >> starts; \(first); n=0
        while [ ! -e release ] && [ ! -e "release-$CODEWHALE_TASK_ID" ]; do
          n=$((n+1)); echo "line $n of attempt $CODEWHALE_ATTEMPT"; sleep 0.01
        done
        echo "end at $n of attempt $CODEWHALE_ATTEMPT"; exit 0
        """
    }

    /// Lets a task end, or all of them.
    static func release(_ task: String? = nil, in directory: String) {
        let name = "release" + (task.map { "-\($0)" } ?? "")
        _ = FileManager.default.createFile(atPath: "\(directory)/\(name)", contents: nil)
    }

    /// How often tasks were started, as they say themselves.
    static func starts(in directory: String) throws -> [String: Int] {
        let text = try String(contentsOfFile: directory + "/starts", encoding: .utf8)
        return Dictionary(grouping: text.split(separator: "\n").map(String.init)) { $0 }.mapValues(\.count)
    }

    /// Checks that the log of a task's attempt has every line, once, and is as long as its receipt says.
    static func check(_ task: String, attempt: Int = 1, of run: RemoteRun) async throws {
        let log = try await run.bench.run("fleet", "logs", "\(run.id)/\(task)", "--attempt", "\(attempt)").output
        let lines = log.split(separator: "\n")
        for (index, line) in lines.dropLast().enumerated() where line != "line \(index + 1) of attempt \(attempt)" {
            Issue.record("\(task): line \(index + 1) of the log is \"\(line)\"")
            break
        }
        #expect(lines.last == "end at \(lines.count - 1) of attempt \(attempt)")
        let attempts = try #require(try await run.task(task)["attempts"] as? [[String: Any]])
        let receipt = try #require(attempts.first { $0["attempt"] as? Int == attempt })
        #expect((receipt["log"] as? [String: Any])?["bytes"] as? Int == log.utf8.count)
        #expect((receipt["log"] as? [String: Any])?["dropped"] as? Int == 0)
    }
}
