import CFleetSupervisor

/// The executable's command line.
package enum Supervisor {
    /// Runs it.
    package static func main() {}
}
