import FleetCore
import FleetHost

/// The workspace's lease on the hosts that carry attempts: it tells them, and other workspaces, that somebody drives.
extension RunManager {
    /// Says which hosts carry attempts of this manager, where it drives any: their leases are renewed from now on.
    func keepLeases() {
        guard purpose.leases else { return }
        var carrying: [Int: Bool] = [:]
        for flight in flights.values where flight.phase != .over {
            guard let place = hosts.place(of: flight.worker),
                hosts.all[place].isLocal || hostStates[place].isConnected
            else { continue }
            carrying[place] = carrying[place] ?? false || flight.isAdopted
        }
        leases.keep(carrying)
    }
}
