import CFleetSupervisor
import FleetWire

/// What `attach` hands to a shim over the fork.
struct ShimOrder {
    /// What was asked for.
    var request: StartRequest
    /// What the record says of it.
    var start: RecordStart
    /// Tells the shim's messages from those of others.
    var number: UInt32
    /// The record's descriptor, which holds its lock.
    var record: Int32
    /// The run's directory.
    var directory: Int32
    /// Where ``ShimMessage`` go.
    var pipe: Int32
    /// A descriptor of `/dev/null`.
    var null: Int32
    /// This life of the host.
    var host: HostIdentity
    /// Of what the program's environment is composed.
    var environment: ProgramEnvironment
    /// The clock tick before the fork.
    var forkedAt: UInt64

    /// The program and its arguments, as they are run.
    var arguments: [String] { environment.expandingProgram(request.arguments) }
}

/// Cuts a forked child loose from what its parent had: session, signals, every descriptor but those named.
func leaveParent(keeping kept: [Int32], null: Int32) {
    setsid()
    cfleet_block_signals(0)
    // Nobody's file system is kept from being unmounted by where this process was started.
    _ = chdir("/")
    for standard in 0...2 as ClosedRange<Int32> { dup2(null, standard) }
    var first: UInt32 = 3
    for descriptor in kept.sorted() where descriptor >= 3 {
        if UInt32(descriptor) > first { cfleet_close_range(first, UInt32(descriptor) - 1) }
        first = UInt32(descriptor) + 1
    }
    cfleet_close_range(first, UInt32.max)
}
