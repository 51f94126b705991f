import Foundation
import TestServers

/// A place where tasks of a tortured run leave a line when they start and one when they end: what the ledger is
/// compared with, and nothing of the product writes it.
struct TortureHost: Sendable {
    /// One life of a task, as the task itself told of it.
    struct Life: Sendable {
        /// The attempt key that it was given.
        let key: String
        /// When it started, in seconds since 1970.
        let start: Double
        /// When it ended; nil where it was ended from outside.
        var end: Double?
    }

    /// Its server; nil for this machine.
    let server: TestServer?
    /// The file of lines, as this process reaches it.
    let marks: String

    /// What a task runs, on whatever host: its lines in the file `marks` of the working directory, and numbered lines
    /// in its log, 50 ms apart.
    static func command(lines count: Int) -> String {
        """
        mark() { echo "$1 $CODEWHALE_ATTEMPT_KEY $(date +%s.%N)" >> marks; }
        mark start; i=0
        while [ $i -lt \(count) ]; do echo "line $i"; i=$((i+1)); sleep 0.05; done
        mark end
        """
    }

    /// The log of such a task.
    static func log(lines count: Int) -> String { (0..<count).map { "line \($0)\n" }.joined() }

    /// The lives that were lived there, in the order in which they began; a key that was started twice has two.
    func lives() -> [Life] {
        let text = (try? String(contentsOfFile: marks, encoding: .utf8)) ?? ""
        var lives: [Life] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let time = Double(words[2]) else { continue }
            if words[0] == "start" {
                lives.append(Life(key: String(words[1]), start: time))
            } else if let place = lives.lastIndex(where: { $0.key == words[1] }) {
                lives[place].end = time
            }
        }
        return lives
    }

    /// Removes the lines.
    func clear() { unlink(marks) }
}
