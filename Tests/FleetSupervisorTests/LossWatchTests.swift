import Testing

@testable import FleetSupervisor

/// When an attempt is ended as no manager was heard of.
@Suite struct LossWatchTests {
    private static func watch(at now: UInt64 = 100_000, awake: UInt64 = 90_000) -> LossWatch {
        LossWatch(limit: 20_000, now: now, awake: awake)
    }

    @Test func aStartIsWordOfAManager() {
        var watch = Self.watch()
        #expect(watch.due == 120_000)
        #expect(watch.look(now: 119_999, awake: 109_999, renewedAt: nil) == .wait(until: 120_000))
        #expect(watch.look(now: 120_000, awake: 110_000, renewedAt: nil) == .lost)
    }

    @Test func aRenewalPutsTheEndOff() {
        var watch = Self.watch()
        #expect(watch.look(now: 120_000, awake: 110_000, renewedAt: 117_500) == .wait(until: 137_500))
        #expect(watch.look(now: 137_500, awake: 127_500, renewedAt: 117_500) == .lost)
    }

    @Test func aLeaseOlderThanTheStartCountsForNothing() {
        var watch = Self.watch()
        #expect(watch.look(now: 110_000, awake: 100_000, renewedAt: 5) == .wait(until: 120_000))
    }

    @Test func whatWasHeardIsNotForgottenWhereTheLeaseCannotBeRead() {
        var watch = Self.watch()
        #expect(watch.look(now: 110_000, awake: 100_000, renewedAt: 109_000) == .wait(until: 129_000))
        #expect(watch.look(now: 120_000, awake: 110_000, renewedAt: nil) == .wait(until: 129_000))
        #expect(watch.look(now: 129_000, awake: 119_000, renewedAt: nil) == .lost)
    }

    @Test func aRenewalInTheFutureIsNotBelieved() {
        var watch = Self.watch()
        #expect(watch.look(now: 120_000, awake: 110_000, renewedAt: 500_000) == .lost)
    }

    @Test func aMachineThatWakesGivesItsManagersHalfTheLimit() {
        var watch = Self.watch()
        // It slept for an hour.
        #expect(watch.look(now: 3_700_000, awake: 90_500, renewedAt: 101_000) == .wait(until: 3_710_000))
        var silent = watch
        #expect(watch.look(now: 3_710_000, awake: 100_500, renewedAt: 3_701_000) == .wait(until: 3_721_000))
        // Once for each sleep.
        #expect(silent.look(now: 3_710_000, awake: 100_500, renewedAt: 101_000) == .lost)
    }

    @Test func clocksThatAreReadOneAfterTheOtherAreNoSleep() {
        var watch = Self.watch()
        #expect(watch.look(now: 120_000, awake: 109_100, renewedAt: nil) == .lost)
    }
}
