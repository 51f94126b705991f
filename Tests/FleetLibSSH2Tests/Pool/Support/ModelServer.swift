import TestSupport

@testable import FleetLibSSH2

/// A server as a history wants it: how it treats handshakes and channels at present.
struct ModelServer {
    /// How it is.
    enum Mood: Equatable {
        /// It serves.
        case well
        /// It answers nothing, and does not say so.
        case silent
        /// Handshakes fail.
        case failing(ConnectFailure)
    }

    /// How it is.
    var mood = Mood.well
    /// Channels a connection may have; a connection keeps what it was when it opened.
    var maxSessions: Int
    /// Handshakes that may be under way at once.
    var maxStartups: Int
    /// Milliseconds that an answer takes, at most.
    var slowness: Int
    /// Of a hundred channels so many fail for some other reason.
    var failingChannels: Int
    /// Of a hundred connections so many break some time.
    var breaking: Int
    /// Of a hundred connections so many do not close in good order.
    var stuck: Int
    /// Whether a channel may count on the server for a while after it is gone here.
    var lingers: Bool

    /// A random one.
    init(using generator: inout SeededGenerator) {
        maxSessions = Int.random(in: 1...10, using: &generator)
        maxStartups = Int.random(in: 1...8, using: &generator)
        slowness = [5, 100, 3_000][Int.random(in: 0..<3, using: &generator)]
        failingChannels = [0, 0, 10][Int.random(in: 0..<3, using: &generator)]
        breaking = [0, 0, 20][Int.random(in: 0..<3, using: &generator)]
        stuck = [0, 30][Int.random(in: 0..<2, using: &generator)]
        lingers = Int.random(in: 0..<6, using: &generator) == 0
    }

    /// Another mood, and sometimes another setting.
    mutating func change(using generator: inout SeededGenerator) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: mood = .silent
        case 1: mood = .failing(.allCases[Int.random(in: 0..<6, using: &generator)])
        case 2: maxSessions = Int.random(in: 0...10, using: &generator)
        case 3: maxStartups = Int.random(in: 1...8, using: &generator)
        default: mood = .well
        }
    }

    /// From now on it serves as it should.
    mutating func recover() {
        mood = .well
        maxSessions = max(1, maxSessions)
        failingChannels = 0
        breaking = 0
        stuck = 0
        lingers = false
    }
}
