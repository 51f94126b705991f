import NIOCore
import TestSupport
import Testing

@testable import FleetHost

/// Random histories of a schedule, on a host that answers sooner or later or never.
@Suite struct PollHistoryTests {
    /// A seed of its own for every run of the tests; it is printed where one fails.
    static let seeds: [UInt64] = {
        var generator = SystemRandomNumberGenerator()
        return (0..<2_000).map { _ in generator.next() }
    }()

    @Test func everyHistoryKeepsThePromises() {
        for seed in Self.seeds {
            var history = History(seed: seed)
            history.run()
            #expect(history.breaches.isEmpty, "seed \(seed): \(history.breaches)")
        }
    }

    private struct History {
        private var generator: SeededGenerator
        private let settings: PollSettings
        private var schedule: PollSchedule
        private let leeway: Int
        private var now = 0
        /// When the host's answer comes; nil where none is on its way.
        private var answerAt: Int?
        private var sentAt: Int?
        private var wordAt = 0
        private var lastPoll: Int?
        private var polls = 0
        private var isWanted: Bool
        private var wantedSince = 0
        private(set) var breaches: [String] = []

        init(seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            let bound = TimeAmount.milliseconds(Int64.random(in: 1...8_000, using: &generator))
            let patience = Bool.random(using: &generator) ? TimeAmount.milliseconds(3_000) : nil
            settings =
                Bool.random(using: &generator)
                ? PollSettings(bound: bound, patience: patience) : .every(bound, patience: patience)
            schedule = PollSchedule(settings, at: .milliseconds(0), phase: Double.random(in: 0...1, using: &generator))
            isWanted = settings.isForIdle
            // Of what passes here in whole milliseconds, the one that has begun counts.
            leeway = Int((settings.leeway.nanoseconds + 999_999) / 1_000_000)
            self.generator = generator
        }

        mutating func run() {
            for _ in 0..<200 where breaches.isEmpty {
                let until = now + Int.random(in: 0...2_000, using: &generator)
                guard play(until: until) else { return }
                now = until
                happen()
            }
            let shortest = Int(settings.shortest.nanoseconds / 1_000_000)
            if polls > now / max(1, shortest - leeway) + 1 { breaches.append("\(polls) polls in \(now) ms") }
        }

        /// The timer fires when it was asked to or a leeway too early, and answers arrive; false where the channel is given up.
        private mutating func play(until end: Int) -> Bool {
            while true {
                var next = end
                switch schedule.step(at: .milliseconds(now)) {
                case .poll:
                    notePoll()
                    continue
                case .giveUp:
                    let patience = settings.patience.map { Int($0.nanoseconds / 1_000_000) }
                    guard let sentAt, let patience else {
                        breaches.append("given up at \(now) without a poll")
                        return false
                    }
                    if now - max(sentAt, wordAt) < patience { breaches.append("given up too early, at \(now)") }
                    return false
                case .rest(let time):
                    if let time {
                        let early = Int.random(in: 0...leeway, using: &generator)
                        next = min(next, max(now + 1, time.inMilliseconds - early))
                    }
                    if time == nil, isWanted, sentAt == nil { breaches.append("no poll is due at \(now)") }
                    if let time, time <= .milliseconds(now) { breaches.append("a rest that is over, at \(now)") }
                }
                if let answerAt, answerAt <= next {
                    now = max(now, answerAt)
                    (self.answerAt, sentAt) = (nil, nil)
                    wordAt = now
                    schedule.noteAnswer(at: .milliseconds(now))
                } else {
                    now = max(now, next)
                    if now >= end { return true }
                }
                if !breaches.isEmpty { return false }
            }
        }

        private mutating func notePoll() {
            if sentAt != nil { breaches.append("two polls without an answer at \(now)") }
            if !isWanted { breaches.append("a poll of an idle channel at \(now)") }
            let since = max(lastPoll ?? 0, wantedSince, wordAt)
            let longest = Int(settings.longest.nanoseconds / 1_000_000)
            if now - since > longest + leeway { breaches.append("nothing was asked from \(since) to \(now)") }
            polls += 1
            (sentAt, lastPoll) = (now, now)
            let delay =
                Int.random(in: 0..<20, using: &generator) == 0 ? 20_000 : Int.random(in: 0...80, using: &generator)
            answerAt = now + delay
        }

        private mutating func happen() {
            let time = NIODeadline.milliseconds(now)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0:
                if !isWanted { wantedSince = now }
                isWanted = true
                schedule.want(true, at: time)
            case 1 where !settings.isForIdle:
                isWanted = false
                schedule.want(false, at: time)
            case 2: schedule.hurry(at: time)
            case 3:
                let wait = Int.random(in: 0...10_000, using: &generator)
                schedule.expect(.milliseconds(now + wait), at: time)
            case 4:
                wordAt = now
                schedule.noteWord(at: time)
            default: break
            }
        }
    }
}
