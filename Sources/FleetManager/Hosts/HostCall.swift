import FleetHost
import NIOConcurrencyHelpers

/// A question to a host that is not waited for without end.
enum HostCall {
    /// What a host answers.
    ///
    /// - Parameters:
    ///   - host: its name.
    ///   - seconds: after how long it counts as silent; nil for a host that always answers, as this machine does.
    ///   - runtime: its timers.
    ///   - body: asks.
    /// - Returns: the answer; of code `transport` where none came in time, or the calling task was cancelled. Then the
    ///   question goes on by itself until its adapter is closed, and what comes of it is dropped.
    static func result<Success: Sendable>(
        of host: String,
        within seconds: Double?,
        runtime: any Runtime,
        _ body: @escaping @Sendable () async throws -> Success
    ) async -> Result<Success, HostError> {
        guard let seconds else { return await .of(host: host, body) }
        let answer = Answer<Success>()
        // Not part of the caller's group, which would wait for it.
        let call = Task(executorPreference: runtime.taskExecutor) { answer.give(await .of(host: host, body)) }
        let alarm = runtime.schedule(in: Int64((seconds * 1_000).rounded(.up))) {
            answer.give(.failure(HostError(.transport, "\(host): no answer within \(seconds.inWords) s")))
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await answer.value
        } onCancel: {
            answer.give(.failure(HostError(.transport, "\(host): the operation was cancelled")))
            call.cancel()
        }
    }

    /// The answer, or the error.
    static func value<Success: Sendable>(
        of host: String,
        within seconds: Double?,
        runtime: any Runtime,
        _ body: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        try await result(of: host, within: seconds, runtime: runtime, body).get()
    }

    /// The first of several answers counts.
    private final class Answer<Success: Sendable>: Sendable {
        private struct State {
            var result: Result<Success, HostError>?
            var waiter: CheckedContinuation<Result<Success, HostError>, Never>?
        }

        private let state = NIOLockedValueBox(State())

        func give(_ result: Result<Success, HostError>) {
            let waiter = state.withLockedValue { state -> CheckedContinuation<Result<Success, HostError>, Never>? in
                guard state.result == nil else { return nil }
                state.result = result
                return state.waiter.take()
            }
            waiter?.resume(returning: result)
        }

        /// To be asked for once.
        var value: Result<Success, HostError> {
            get async {
                await withCheckedContinuation { continuation in
                    let known = state.withLockedValue { state -> Result<Success, HostError>? in
                        if state.result == nil { state.waiter = continuation }
                        return state.result
                    }
                    if let known { continuation.resume(returning: known) }
                }
            }
        }
    }
}

extension Result where Failure == HostError {
    /// The result of asking a host.
    static func of(
        host: String,
        _ body: () async throws -> Success
    ) async -> Result<Success, HostError> where Success: Sendable {
        do {
            return .success(try await body())
        } catch {
            return .failure(HostError(wrapping: error, host: host))
        }
    }
}
