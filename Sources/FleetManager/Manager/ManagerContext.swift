package import FleetCore
package import FleetHost
package import FleetLedger
package import Logging
package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What a manager works with; made once, where the program is put together.
package struct ManagerContext: Sendable {
    /// The workspace.
    package var workspace: Workspace
    /// The supervisor's executable.
    package var supervisorPath: String
    /// The worker program of local workers that name none: this very executable.
    package var workerProgram: String
    /// This process's environment, from which the hosts' allowlists take.
    package var environment: [String: String]
    /// Where the manager says what it does.
    package var logger: Logger
    /// The time.
    package var now: @Sendable () -> Timestamp
    /// The boot id of this machine; nil where it has none.
    package var bootID = ProcessIdentity.bootID
    /// Threads, timers and random numbers; others are put in by a simulation.
    package var runtime: any Runtime = SystemRuntime()

    /// The most seconds between two polls of a host that attempts run on, in case that a push was lost.
    package var pollSeconds: Double = 5
    /// How often it is looked whether other runs have lost their manager, in seconds.
    package var lookSeconds: Double = 5
    /// How many seconds an end that was asked for may take before it counts as not confirmed: three graces of five
    /// seconds, and some for the answers.
    package var patienceSeconds: Double = 30
    /// Whether hosts that wait for their next probe, or for somebody to see to them, are tried at once.
    ///
    /// So they are where somebody waits for them; what a manager does by itself waits.
    package var isInHurry = true
    /// How long a run that has its share leaves free slots to other runs, in milliseconds; they wake for the ledger.
    package var yieldMilliseconds: Int64 = 20

    /// For how many seconds a run's lock is waited for that somebody holds who only looks at it: so long a contact with a
    /// silent host takes, as a rule.
    package var bystanderSeconds: Double = 45
    /// How many seconds beyond its own timeout the first contact with another machine may take.
    package var contactSeconds: Double = 30
    /// How many seconds another machine may take to answer.
    package var answerSeconds: Double = 120
    /// How many seconds hosts may take to be left.
    package var closeSeconds: Double = 5
    /// How often the logs of attempts on other machines are copied on, in milliseconds.
    package var copyMilliseconds: Int64 = 1_000

    /// Makes the adapter of a host; another one is put in by tests.
    package var makeHost: HostFactory

    /// Makes a host adapter whose notices are given to the closure, on the event loop.
    package typealias HostFactory =
        @Sendable (
            HostDescription, any EventLoop, @escaping @Sendable (HostNotice) -> Void
        ) -> any HostAdapter

    /// A context of its parts.
    package init(
        workspace: Workspace,
        supervisorPath: String,
        workerProgram: String,
        environment: [String: String],
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = ManagerContext.systemTime
    ) {
        self.workspace = workspace
        self.supervisorPath = supervisorPath
        self.workerProgram = workerProgram
        self.environment = environment
        self.logger = logger
        self.now = now
        let connector = HostConnector(
            workspace: (try? workspace.id()) ?? "",
            payloads: SupervisorPayloads(supervisor: supervisorPath),
            environment: environment
        )
        makeHost = { connector.adapter(for: $0, on: $1, onNotice: $2) }
    }

    /// The system's clock as it stood when it was first asked for, and the time that has passed since.
    ///
    /// A clock that is set meanwhile neither makes a silent host look lost nor delays what is to be done.
    package static let systemTime: @Sendable () -> Timestamp = {
        #if canImport(Darwin)
        let steady = CLOCK_MONOTONIC
        #else
        let steady = CLOCK_BOOTTIME
        #endif
        let offset = milliseconds(CLOCK_REALTIME) - milliseconds(steady)
        return { Timestamp(milliseconds: offset + milliseconds(steady)) }
    }()

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// How a run is driven.
package struct RunOptions: Sendable {
    /// How many automatic local workers a run without workers of its own has.
    package var maxWorkers: Int
    /// Whether the first task that fails cancels those that wait.
    package var failFast: Bool

    /// Options of their parts.
    package init(maxWorkers: Int, failFast: Bool = false) {
        self.maxWorkers = maxWorkers
        self.failFast = failFast
    }
}

/// How driving a run ended.
package enum RunEnd: Sendable {
    /// The run is over.
    case finished(Event.RunFinished)
    /// The manager was asked to stop before; what waits, waits.
    case stopped(TaskCounts)
}
