import FleetCore

extension RetryPolicy {
    /// Seconds to wait after attempt `number`, with jitter: between half and all of the policy's wait.
    ///
    /// So what failed together does not return together.
    func jitteredBackoff(afterAttempt number: Int, using generator: inout some RandomNumberGenerator) -> Double {
        let wait = backoff(afterAttempt: number)
        return wait > 0 ? Double.random(in: wait / 2...wait, using: &generator) : 0
    }
}
