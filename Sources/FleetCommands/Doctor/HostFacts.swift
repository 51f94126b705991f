/// What a script on a host told of it; nothing of that is trusted further than its form was checked.
struct HostFacts: Sendable, Equatable {
    /// What a directory is.
    enum DirectoryState: String, Sendable {
        case writable
        case readonly
        case file
        case missing
    }

    /// What a program is.
    enum ProgramState: String, Sendable {
        case found
        case directory
        case noexec
        case missing
    }

    /// A directory, and the bytes that are free on its disk.
    struct Directory: Sendable, Equatable {
        var state: DirectoryState
        var free: Int64?
    }

    /// The account's home.
    var home: Directory?
    /// The working directories, in the order of the target.
    var directories: [Int: Directory] = [:]
    /// The programs, in the order of the target.
    var programs: [Int: ProgramState] = [:]
    /// The account's name.
    var user: String?
    /// Its number.
    var userID: Int?
    /// Its login shell.
    var shell: String?
    /// Whether a supervisor that would be sent is there already.
    var hasSupervisor = false
    /// Whether logind runs; nil where nothing was said.
    var hasLogind: Bool?
    /// Whether logind kills what is left of an account that has logged out.
    var killsSurvivors = false
    /// Whether the account lingers.
    var isLingering = false
    /// Whether the script came to its end.
    var isComplete = false

    /// Reads the lines of the script; others are passed over.
    init(lines: [String], nonce: String) {
        let mark = HostFactsScript.mark(nonce)
        for line in lines where line.hasPrefix(mark) && line.utf8.count < 4_096 {
            let words = line.dropFirst(mark.count).split(separator: " ").map(String.init)
            guard let key = words.first else { continue }
            take(key, Array(words.dropFirst()))
        }
    }

    private mutating func take(_ key: String, _ words: [String]) {
        switch (key, words.count) {
        case ("directory", 3):
            if let place = Self.number(words[0]) { directories[Int(place)] = Self.directory(words[1], words[2]) }
        case ("program", 2):
            if let place = Self.number(words[0]) { programs[Int(place)] = ProgramState(rawValue: words[1]) }
        case ("home", 2): home = Self.directory(words[0], words[1])
        case ("user", 2):
            userID = Self.number(words[0]).map { Int($0) }
            user = Self.isName(words[1]) ? words[1] : nil
        case ("shell", 1): shell = Self.isName(words[0]) ? words[0] : nil
        case ("supervisor", 0): hasSupervisor = true
        case ("logind", 2):
            hasLogind = true
            killsSurvivors = ["yes", "true", "1", "on", "y", "t"].contains(words[0].lowercased())
            isLingering = words[1] == "linger"
        case ("logind", 0): hasLogind = false
        case ("done", 0): isComplete = true
        default: break
        }
    }

    private static func directory(_ state: String, _ kibibytes: String) -> Directory? {
        DirectoryState(rawValue: state).map { Directory(state: $0, free: number(kibibytes).map { $0 << 10 }) }
    }

    private static func number(_ text: String) -> Int64? {
        guard (1...15).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}
